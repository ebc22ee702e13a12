#include "CLinux.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Whoever shares an eventfd may clear O_NONBLOCK on it and fill it at any moment, and writes with RWF_NOWAIT are not
// supported there. The kernel's own way to raise one never waits: it does that when an asynchronous read ends. So we have
// it read nothing, from an empty file of ours, which ends before io_submit returns.
enum { request_count = 128, requests_between_reaps = 64 };

static aio_context_t requests;
static int empty_file = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_uint raised;
// What was written before a counter was raised is seen by whoever takes it. The kernel's locks order the two already;
// this says so to the language, and to tools that check it.
static atomic_uint order;

static void prepare(void) {
  if (syscall(SYS_io_setup, request_count, &requests) != 0) return;
  empty_file = memfd_create("nothing", MFD_CLOEXEC);
}

// Forgets requests that have ended; there is room for as many as are under way.
static void reap(void) {
  struct io_event ended[requests_between_reaps];
  struct timespec at_once = {0};
  syscall(SYS_io_getevents, requests, 0, requests_between_reaps, ended, &at_once);
}

int clinux_eventfd_raise(int fd) {
  pthread_once(&once, prepare);
  if (empty_file < 0) {
    errno = ENOSYS;
    return -1;
  }
  struct iocb request = {
      .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = (uint32_t)empty_file, .aio_flags = IOCB_FLAG_RESFD,
      .aio_resfd = (uint32_t)fd};
  struct iocb *list[] = {&request};
  atomic_fetch_add_explicit(&order, 1, memory_order_acq_rel);
  for (int attempt = 0; attempt < 1000; attempt++) {
    if (syscall(SYS_io_submit, requests, 1, list) == 1) {
      if (atomic_fetch_add(&raised, 1) % requests_between_reaps == requests_between_reaps - 1) reap();
      return 0;
    }
    if (errno != EAGAIN) return -1;
    reap();
  }
  return -1;
}

ssize_t clinux_eventfd_take(int fd, uint64_t *count) {
  struct iovec part = {.iov_base = count, .iov_len = sizeof *count};
  ssize_t got;
  do got = preadv2(fd, &part, 1, -1, RWF_NOWAIT);
  while (got < 0 && errno == EINTR);
  atomic_fetch_add_explicit(&order, 1, memory_order_acq_rel);
  return got;
}
