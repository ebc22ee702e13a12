#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

// What the kernel lets one message carry: SCM_MAX_FD.
enum { max_descriptors = 253 };

int clinux_error_text(int code, unsigned char *text, size_t capacity) {
  const char *words = strerrordesc_np(code);
  if (!words || strlen(words) >= capacity) return -1;
  memcpy(text, words, strlen(words) + 1);
  return 0;
}

int clinux_is_memory(int fd) { return fcntl(fd, F_GET_SEALS) >= 0; }

int clinux_never_shrinks(int fd) {
  int seals = fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

int clinux_memfd_create(const char *name, int huge) {
  return memfd_create(name, MFD_CLOEXEC | (huge ? MFD_HUGETLB : 0));
}

int clinux_memfd_create_sealed(const char *name, uint64_t bytes) {
  if (bytes > INT64_MAX) {
    errno = EFBIG;
    return -1;
  }
  int file = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -1;
  if (ftruncate(file, (off_t)bytes) == 0 &&
      fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    return file;
  int code = errno;
  close(file);
  errno = code;
  return -1;
}

int clinux_map_again(void *pages, size_t length, void *place) {
  return mremap(pages, 0, length, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED ? -1 : 0;
}

int clinux_accept(int socket) { return accept4(socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

void clinux_set_thread_name(const char *name) { pthread_setname_np(pthread_self(), name); }

// Remembered, because it is asked for with each command of a renderer.
int clinux_thread_id(void) {
  static _Thread_local int id;
  if (!id) id = (int)syscall(SYS_gettid);
  return id;
}

int clinux_epoll_set(int epoll, int fd, uint32_t events, uint64_t id) {
  struct epoll_event event = {.events = events, .data = {.u64 = id}};
  return epoll_ctl(epoll, events ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &event);
}

int clinux_epoll_wait(int epoll, uint64_t *ids, int timeout_milliseconds) {
  struct epoll_event events[64];
  int ready = epoll_wait(epoll, events, 64, timeout_milliseconds);
  for (int i = 0; i < ready; i++) ids[i] = events[i].data.u64;
  return ready;
}

ssize_t clinux_send(int socket, const void *bytes, size_t count, const int *fds, size_t fd_count, int may_wait) {
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * max_descriptors)];
  } control;
  if (fd_count > max_descriptors) {
    errno = EINVAL;
    return -1;
  }
  if (fd_count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
  }
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL | (may_wait ? 0 : MSG_DONTWAIT));
  while (sent < 0 && errno == EINTR);
  return sent;
}

ssize_t clinux_receive(
    int socket, void *bytes, size_t count, int *fds, size_t *fd_count, int *truncated, int may_wait) {
  size_t capacity = *fd_count;
  if (capacity < max_descriptors) {
    errno = EINVAL;
    return -1;
  }
  *fd_count = 0;
  *truncated = 0;
  struct iovec part = {.iov_base = bytes, .iov_len = count};
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * max_descriptors)];
  } control;
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t received;
  do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (may_wait ? 0 : MSG_DONTWAIT));
  while (received < 0 && errno == EINTR);
  if (received < 0) return received;
  if (message.msg_flags & MSG_CTRUNC) *truncated = 1;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t here = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < here; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      // There is room for all of them: never more than 253 come at once.
      if (*fd_count < capacity) fds[(*fd_count)++] = fd;
    }
  }
  return received;
}

// Fills `parts` with what is left of the rows after `skipped` bytes; returns how many parts.
static size_t rest_of_rows(
    struct iovec *parts, size_t capacity, const char *base, size_t stride, size_t row_bytes, size_t rows, size_t skipped) {
  if (row_bytes == 0 || rows == 0) return 0;
  if (stride == row_bytes) {
    size_t all = row_bytes * rows;
    if (skipped >= all) return 0;
    parts[0] = (struct iovec){.iov_base = (char *)base + skipped, .iov_len = all - skipped};
    return 1;
  }
  size_t count = 0, row = skipped / row_bytes, start = skipped % row_bytes;
  for (; row < rows && count < capacity; row++, start = 0)
    parts[count++] = (struct iovec){.iov_base = (char *)base + row * stride + start, .iov_len = row_bytes - start};
  return count;
}

enum { max_parts = 512 };

ssize_t clinux_send_rows(
    int socket, const void *prefix, size_t prefix_count, const void *base, size_t stride, size_t row_bytes, size_t rows,
    size_t skipped) {
  struct iovec parts[max_parts + 1];
  size_t count = 0;
  if (skipped < prefix_count) {
    parts[count++] = (struct iovec){.iov_base = (char *)prefix + skipped, .iov_len = prefix_count - skipped};
    skipped = prefix_count;
  }
  count += rest_of_rows(parts + count, max_parts, base, stride, row_bytes, rows, skipped - prefix_count);
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
  ssize_t sent;
  // The call itself and not the library's: images may be drawn to while the kernel reads them (the next damage repairs that), and
  // ThreadSanitizer would take the library's call for a read of this program.
  do sent = syscall(SYS_sendmsg, socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent;
}

ssize_t clinux_receive_rows(int socket, void *base, size_t stride, size_t row_bytes, size_t rows, size_t filled) {
  struct iovec parts[max_parts];
  struct msghdr message = {.msg_iov = parts};
  message.msg_iovlen = rest_of_rows(parts, max_parts, base, stride, row_bytes, rows, filled);
  ssize_t received;
  do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  while (received < 0 && errno == EINTR);
  return received;
}

int clinux_unreceived(int socket) {
  int bytes;
  return ioctl(socket, SIOCOUTQ, &bytes) == 0 ? bytes : -1;
}

// Where the kernel shows the open file behind a descriptor.
static void link_of(int fd, char path[32]) { snprintf(path, 32, "/proc/self/fd/%d", fd); }

int clinux_is_dmabuf(int fd) {
  enum { magic = 0x444d4142 };
  char path[32], name[9];
  link_of(fd, path);
  if (readlink(path, name, sizeof name) < 8 || memcmp(name, "/dmabuf:", 8) != 0) return 0;
  struct statfs status;
  return fstatfs(fd, &status) == 0 && status.f_type == magic;
}

int clinux_sync_dmabuf(int fd, int ends) {
  struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_READ | (ends ? DMA_BUF_SYNC_END : DMA_BUF_SYNC_START)};
  int result;
  do result = ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
  while (result < 0 && (errno == EINTR || errno == EAGAIN));
  return result;
}

int clinux_reopen_for_reading(int fd) {
  char path[32];
  link_of(fd, path);
  return open(path, O_RDONLY | O_CLOEXEC);
}

int clinux_peer_process(int socket) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}
