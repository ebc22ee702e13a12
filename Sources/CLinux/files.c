#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_open_beneath(int folder, const char *name, int flags, unsigned mode) {
  struct open_how how = {
      .flags = (unsigned)flags | O_CLOEXEC,
      .mode = flags & O_CREAT ? mode : 0,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
  };
  int file;
  do file = (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
  while (file < 0 && errno == EINTR);
  return file;
}

int clinux_open_path(int folder, const char *name) {
  return openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

int clinux_rename_new(int folder, const char *old_name, const char *new_name) {
  if (renameat2(folder, old_name, folder, new_name, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  // A file system without that flag: a second name is never given in place of another file either.
  if (linkat(folder, old_name, folder, new_name, 0) != 0) return -1;
  return unlinkat(folder, old_name, 0);
}

int clinux_lock(int file) { return flock(file, LOCK_EX | LOCK_NB); }

int clinux_unlock(int file) { return flock(file, LOCK_UN); }

int clinux_reserve(int folder, size_t bytes) {
  int file = openat(folder, ".", O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return -1;
  if (fallocate(file, 0, 0, (off_t)bytes) == 0) return file;
  int code = errno;
  close(file);
  errno = code;
  return -1;
}
