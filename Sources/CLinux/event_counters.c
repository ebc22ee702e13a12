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

// A peer that shares an eventfd may clear O_NONBLOCK and fill the counter at any moment, so that write() blocks, and
// RWF_NOWAIT is not supported for writes to an eventfd. The kernel raises an eventfd without waiting when an
// asynchronous read completes (IOCB_FLAG_RESFD). So we submit a read of an empty file, which completes before io_submit
// returns.
enum { request_count = 128, requests_between_reaps = 64 };

static aio_context_t requests;
static int empty_file = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_uint raised;
// Memory order: a thread that takes an eventfd sees all writes from before it was raised. The kernel's locks ensure
// this already; the atomic states it for the C memory model and for ThreadSanitizer.
static atomic_uint order;

static void prepare(void) {
  if (syscall(SYS_io_setup, request_count, &requests) != 0) return;
  empty_file = memfd_create("nothing", MFD_CLOEXEC);
}

// Removes completed requests, of which the kernel keeps at most request_count.
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
