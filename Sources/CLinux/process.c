#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// A descriptor of this process, and the number by which a program finds it.
struct passed {
  int fd;
  int number;
};

static int spawn(
    const char *path, int is_searched, const char *words, size_t word_count, const struct passed *passed,
    size_t passed_count, int in_own_group) {
  char **arguments = calloc(word_count + 1, sizeof *arguments);
  if (!arguments) return -ENOMEM;
  for (size_t i = 0; i < word_count; i++) {
    arguments[i] = (char *)words;
    words += strlen(words) + 1;
  }
  // What is ignored here would be ignored there as well.
  posix_spawnattr_t attributes;
  sigset_t ignored;
  sigset_t none;
  sigemptyset(&none);
  sigemptyset(&ignored);
  sigaddset(&ignored, SIGPIPE);
  sigaddset(&ignored, SIGXFSZ);
  posix_spawn_file_actions_t actions;
  pid_t process = 0;
  int code = posix_spawnattr_init(&attributes);
  if (code != 0) {
    free(arguments);
    return -code;
  }
  posix_spawnattr_setsigdefault(&attributes, &ignored);
  // Nor does it hold back what this process watches for.
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (in_own_group ? POSIX_SPAWN_SETPGROUP : 0));
  code = posix_spawn_file_actions_init(&actions);
  if (code == 0) {
    code = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    // The copy is not closed on exec, also when it is the descriptor itself.
    for (size_t i = 0; i < passed_count && code == 0; i++)
      code = posix_spawn_file_actions_adddup2(&actions, passed[i].fd, passed[i].number);
    if (code == 0)
      code = (is_searched ? posix_spawnp : posix_spawn)(&process, path, &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
  }
  posix_spawnattr_destroy(&attributes);
  free(arguments);
  return code == 0 ? process : -code;
}

int clinux_spawn(
    const char *path, const char *words, size_t word_count, int fd, int number, int in_own_group, int output) {
  const struct passed passed[] = {{fd, number}, {output, STDOUT_FILENO}, {output, STDERR_FILENO}};
  return spawn(path, 0, words, word_count, passed, output >= 0 ? 3 : 1, in_own_group);
}

int clinux_spawn_command(const char *words, size_t word_count, int output, int errors) {
  const struct passed passed[] = {{output, STDOUT_FILENO}, {errors, STDERR_FILENO}};
  return spawn(words, 1, words, word_count, passed, 2, 1);
}

int clinux_open_process(int process) {
  return (int)syscall(SYS_pidfd_open, process, 0);
}

int clinux_process_ending(int process, int *value) {
  siginfo_t information;
  memset(&information, 0, sizeof information);
  if (waitid(P_PID, (id_t)process, &information, WEXITED | WNOHANG | WNOWAIT) != 0) return 0;
  if (information.si_signo != SIGCHLD) return 0;
  *value = information.si_status;
  return information.si_code == CLD_EXITED ? 1 : 2;
}

void clinux_no_new_privileges(void) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void clinux_end_with_parent(int signal) {
  prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0);
}
