#include "CLinux.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

// A library that aborts takes the process with it. The handler calls only write, which is a bare system call.
static struct {
  char words[512];
  size_t count;
} spoken[2];

static _Atomic(int) current = -1;
static pthread_mutex_t change = PTHREAD_MUTEX_INITIALIZER;

static const char late[] = "scanout: a call of a library did not return in its time.\n";

static void on_end(int signal) {
  if (signal == SIGALRM) {
    ssize_t written = write(STDERR_FILENO, late, sizeof late - 1);
    (void)written;
  }
  int index = atomic_load(&current);
  if (index >= 0) {
    ssize_t written = write(STDERR_FILENO, spoken[index].words, spoken[index].count);
    (void)written;
  }
  // The handler was for one time: this is the end, also for a signal that somebody sent.
  raise(signal);
}

void clinux_last_words(const char *words, size_t count) {
  pthread_mutex_lock(&change);
  int last = atomic_load(&current);
  int next = last == 0;
  spoken[next].count = count < sizeof spoken[next].words ? count : sizeof spoken[next].words;
  memcpy(spoken[next].words, words, spoken[next].count);
  atomic_store(&current, next);
  if (last < 0) {
    struct sigaction action = {.sa_handler = on_end, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
    sigemptyset(&action.sa_mask);
    const int signals[] = {SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
    // Who started this process may have left them blocked; threads inherit what is set here.
    sigset_t all;
    sigemptyset(&all);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
      sigaction(signals[i], &action, NULL);
      sigaddset(&all, signals[i]);
    }
    pthread_sigmask(SIG_UNBLOCK, &all, NULL);
  }
  pthread_mutex_unlock(&change);
}
