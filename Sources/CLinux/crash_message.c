#include "CLinux.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// A library that aborts takes the process with it. The handler makes bare system calls only. ThreadSanitizer does not look at it:
// the signal may come while the sanitizer has locked something of its own.
#if defined(__clang__)
#define UNCHECKED __attribute__((disable_sanitizer_instrumentation))
#else
#define UNCHECKED
#endif

static struct {
  char words[512];
  size_t count;
} spoken[2];

static _Atomic(int) current = -1;
static pthread_mutex_t change = PTHREAD_MUTEX_INITIALIZER;
static int is_installed;

// Where crash messages go, and the pipe that stands in for it.
static _Atomic(int) crash_output = -1;
static _Atomic(int) crash_pipe = -1;
static _Atomic(int) unwritten;

static const int failures[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
enum { failure_count = sizeof failures / sizeof *failures };

// Whether a descriptor is ready for this, now.
UNCHECKED static int is_ready(int fd, short events) {
  struct pollfd entry = {.fd = fd, .events = events};
  struct timespec now = {0};
  return syscall(SYS_ppoll, &entry, 1, &now, NULL, 0) == 1 && (entry.revents & events);
}

// Writes to the crash output if there is room: the end of the process waits for no reader.
UNCHECKED static void say(const char *bytes, size_t count) {
  int output = atomic_load(&crash_output);
  if (output < 0) output = STDERR_FILENO;
  if (is_ready(output, POLLOUT)) syscall(SYS_write, output, bytes, count);
}

// Passes on what was written before the end.
UNCHECKED static void pass_on_what_was_said(void) {
  int reader = atomic_load(&crash_pipe);
  if (reader < 0) return;
  // A thread takes what it reads from the pipe into account before it reads, so this order misses nothing. Nothing in
  // a handler can wait for a thread but by looking again.
  for (int i = 0; i < 200; i++) {
    if (!is_ready(reader, POLLIN) && atomic_load(&unwritten) <= 0) return;
    struct timespec pause = {.tv_nsec = 5000000};
    syscall(SYS_nanosleep, &pause, NULL);
  }
  // The threads need something that the one which failed holds, or one of them failed. At most what a pipe holds.
  char bytes[4096];
  for (int i = 0; i < 256; i++) {
    long count = syscall(SYS_read, reader, bytes, sizeof bytes);
    if (count <= 0) return;
    say(bytes, (size_t)count);
  }
}

UNCHECKED static void on_end(int signal) {
  pass_on_what_was_said();
  int index = atomic_load(&current);
  if (index >= 0) say(spoken[index].words, spoken[index].count);
  // The handler was for one time: this is the end, also for a signal that somebody sent.
  syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
}

// Called with the lock held.
static void install(void) {
  if (is_installed) return;
  is_installed = 1;
  struct sigaction action = {.sa_handler = on_end, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
  sigemptyset(&action.sa_mask);
  // Who started this process may have left them blocked; threads inherit what is set here.
  sigset_t all;
  sigemptyset(&all);
  for (size_t i = 0; i < failure_count; i++) {
    sigaction(failures[i], &action, NULL);
    sigaddset(&all, failures[i]);
  }
  pthread_sigmask(SIG_UNBLOCK, &all, NULL);
}

void clinux_crash_message(const char *words, size_t count) {
  pthread_mutex_lock(&change);
  int next = atomic_load(&current) == 0;
  spoken[next].count = count < sizeof spoken[next].words ? count : sizeof spoken[next].words;
  memcpy(spoken[next].words, words, spoken[next].count);
  atomic_store(&current, next);
  install();
  pthread_mutex_unlock(&change);
}

// The sanitizers end the process without its exit handlers when they have reported something.
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

void clinux_crash_output(int output, int pipe) {
  pthread_mutex_lock(&change);
  atomic_store(&crash_pipe, pipe);
  atomic_store(&crash_output, output);
  if (pipe >= 0) install();
  if (pipe >= 0 && __sanitizer_set_death_callback) __sanitizer_set_death_callback(pass_on_what_was_said);
  pthread_mutex_unlock(&change);
}

int clinux_pipe(int *reader, int *writer) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  // Each end has flags of its own. This fails for no open descriptor.
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *reader = ends[0];
  *writer = ends[1];
  return 0;
}

void clinux_unwritten_lines(int change) { atomic_fetch_add(&unwritten, change); }

void clinux_hold_signals(sigset_t *before) {
  sigset_t held;
  sigfillset(&held);
  for (size_t i = 0; i < failure_count; i++) sigdelset(&held, failures[i]);
  pthread_sigmask(SIG_BLOCK, &held, before);
}
