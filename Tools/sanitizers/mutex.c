// Lets ThreadSanitizer see Swift's Mutex. Its fast path is compiled into the caller and instrumented; when two threads
// want it at once, the Synchronization library locks and unlocks it, which is not, and everything the lock protects
// would be reported as a race. Preloaded, these two functions stand before the library's own and tell what they do.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define swiftcall __attribute__((swiftcall))
// The mutex itself, whose address is that of the word that the fast path changes.
#define in_context __attribute__((swift_context))

typedef swiftcall void lock_slow(uint32_t thread, in_context void *mutex);
typedef swiftcall void unlock_slow(in_context void *mutex);

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Absent in a process without ThreadSanitizer, such as the one that starts the tests.
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

lock_slow seen_lock __asm__(LOCK_SLOW);
swiftcall void seen_lock(uint32_t thread, in_context void *mutex) {
  static lock_slow *own;
  if (!own) own = (lock_slow *)dlsym(RTLD_NEXT, LOCK_SLOW);
  own(thread, mutex);
  if (__tsan_acquire) __tsan_acquire(mutex);
}

unlock_slow seen_unlock __asm__(UNLOCK_SLOW);
swiftcall void seen_unlock(in_context void *mutex) {
  static unlock_slow *own;
  if (!own) own = (unlock_slow *)dlsym(RTLD_NEXT, UNLOCK_SLOW);
  if (__tsan_release) __tsan_release(mutex);
  own(mutex);
}
