#include "CLinux.h"

#include <errno.h>
#include <linux/magic.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

// A front end may truncate the file behind guest memory after we mapped it; reading past its end raises SIGBUS.
// The handler runs on the faulting thread and calls only mmap, madvise and write, which are bare system calls.
enum { slot_count = 1024 };

static struct {
  _Atomic(uintptr_t) base;
  _Atomic(size_t) length;
  _Atomic(size_t) page_size;
  atomic_int event;
  atomic_int torn;
} slots[slot_count];

static pthread_mutex_t registration = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction previous;
static int installed;

// Puts zeros in the place of pages. They cost no memory while they are only read.
static int replace(uintptr_t base, size_t length) {
  void *place = mmap(
      (void *)base, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) return -1;
  // A byte that is written to costs a page, and not a huge one.
  madvise(place, length, MADV_NOHUGEPAGE);
  return 0;
}

static void on_bus_error(int signal, siginfo_t *info, void *context) {
  (void)context;
  int code = errno;
  uintptr_t address = (uintptr_t)info->si_addr;
  for (int i = 0; i < slot_count; i++) {
    uintptr_t base = atomic_load(&slots[i].base);
    size_t length = atomic_load(&slots[i].length);
    if (base == 0 || address < base || address - base >= length) continue;
    // The whole mapping at once: page by page, a peer could have us make more mappings than the system grants.
    if (replace(base, length) != 0) {
      // A system that counts what could be written has no room for so much.
      uintptr_t page_size = atomic_load(&slots[i].page_size);
      if (replace(address & ~(page_size - 1), page_size) != 0) continue;
    }
    int event = atomic_load(&slots[i].event);
    if (!atomic_exchange(&slots[i].torn, 1) && event >= 0) {
      uint64_t one = 1;
      ssize_t written = write(event, &one, sizeof one);
      (void)written;
    }
    errno = code;
    return;
  }
  // Not ours: the instruction runs again under the handler that was there before.
  sigaction(signal, &previous, NULL);
  errno = code;
}

size_t clinux_page_size(int file) {
  struct statfs status;
  if (fstatfs(file, &status) == 0 && status.f_type == HUGETLBFS_MAGIC) return (size_t)status.f_bsize;
  return (size_t)sysconf(_SC_PAGESIZE);
}

int clinux_bus_guard_add(void *base, size_t length, size_t page_size, int event) {
  pthread_mutex_lock(&registration);
  if (!installed) {
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    installed = sigaction(SIGBUS, &action, &previous) == 0;
  }
  int slot = -1;
  for (int i = 0; installed && slot < 0 && i < slot_count; i++)
    if (atomic_load(&slots[i].base) == 0) slot = i;
  if (slot >= 0) {
    atomic_store(&slots[slot].torn, 0);
    atomic_store(&slots[slot].event, event);
    atomic_store(&slots[slot].length, length);
    atomic_store(&slots[slot].page_size, page_size);
    atomic_store(&slots[slot].base, (uintptr_t)base);
  }
  pthread_mutex_unlock(&registration);
  return slot;
}

void clinux_bus_guard_remove(int slot) {
  if (slot >= 0 && slot < slot_count) atomic_store(&slots[slot].base, 0);
}

int clinux_bus_guard_torn(int slot) { return slot >= 0 && slot < slot_count ? atomic_load(&slots[slot].torn) : 0; }
