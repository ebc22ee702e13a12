// What Swift's Glibc overlay does not carry: epoll, eventfd, signalfd, memfd, ancillary data, thread names,
// and a guard that survives a shared file shrinking under a mapping.
#ifndef CLINUX_H
#define CLINUX_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/types.h>

/// Writes the system's text for an errno value, NUL-terminated; not 0 when there is none.
int clinux_error_text(int code, unsigned char *text, size_t capacity);

/// 1 when a file is shmem or hugetlbfs: only such files support F_GET_SEALS. Never blocks.
int clinux_is_memory(int fd);
/// 1 when such a file can never shrink, because it is sealed against that. Never blocks.
int clinux_never_shrinks(int fd);
/// An anonymous file, closed on exec; of huge pages, where the machine has some.
int clinux_memfd_create(const char *name, int huge);
/// An anonymous file of `bytes` bytes, closed on exec, whose size and seals nobody can change; -1 with errno.
int clinux_memfd_create_sealed(const char *name, uint64_t bytes);

/// Opens what is below a folder, closed on exec. A symbolic link on the way or at the end is ELOOP; what would lead out
/// of the folder, or to another mount, is EXDEV.
int clinux_open_beneath(int folder, const char *name, int flags, unsigned mode);
/// Opens a place of the file system, a link itself if it is one, without access to its content.
int clinux_open_path(int folder, const char *name);
/// Renames a file of a folder to a name that nothing has yet; otherwise EEXIST.
int clinux_rename_new(int folder, const char *old_name, const char *new_name);
/// Locks an open file or folder exclusively (flock) without waiting; EWOULDBLOCK when another descriptor has the lock.
int clinux_lock(int file);
int clinux_unlock(int file);
/// Takes `bytes` of the disk under a folder, in a file without a name: closing it gives them back. -1 with errno.
int clinux_reserve(int folder, size_t bytes);

int clinux_accept(int socket);
void clinux_set_thread_name(const char *name);
int clinux_thread_id(void);

/// Adds (`events` of EPOLLIN, EPOLLOUT) a descriptor under a number of the caller's, or takes it out (`events` 0).
int clinux_epoll_set(int epoll, int fd, uint32_t events, uint64_t id);
/// Waits and stores the numbers of the ready descriptors, at most 64; returns how many, or -1 with errno.
int clinux_epoll_wait(int epoll, uint64_t *ids, int timeout_milliseconds);

/// Sends `count` bytes and `fd_count` descriptors; returns bytes sent, or -1 with errno. Never raises SIGPIPE. With
/// `may_wait` 0 it never waits, not even on a blocking socket; the same goes for receiving.
ssize_t clinux_send(int socket, const void *bytes, size_t count, const int *fds, size_t fd_count, int may_wait);

/// Sends the rest of a message without waiting: `prefix_count` bytes at `prefix`, then `rows` rows of `row_bytes` bytes each,
/// `stride` bytes apart, the first at `base`. The first `skipped` bytes of all that went before and are left out. Returns bytes
/// sent, or -1 with errno. Never raises SIGPIPE. At most 512 rows go at a time.
ssize_t clinux_send_rows(
    int socket, const void *prefix, size_t prefix_count, const void *base, size_t stride, size_t row_bytes, size_t rows,
    size_t skipped);

/// Receives bytes into such rows without waiting, from the byte after the first `filled`. Returns bytes received, 0 at the end
/// of the socket, or -1 with errno. At most 512 rows are filled at a time. Descriptors that come along are not received.
ssize_t clinux_receive_rows(
    int socket, void *base, size_t stride, size_t row_bytes, size_t rows, size_t filled);

/// Receives up to `count` bytes; all descriptors that came along are stored in `fds` (close-on-exec), their number in
/// `*fd_count` (in: capacity, at least 253, which is the most that come). `*truncated` says that this process had no room
/// for more of them.
ssize_t clinux_receive(
    int socket, void *bytes, size_t count, int *fds, size_t *fd_count, int *truncated, int may_wait);

/// The memory of what was sent into a Unix socket and its peer has not received, in bytes, with what the kernel adds; -1 with
/// errno. Never blocks.
int clinux_unreceived(int socket);
/// 1 when a file is a dma-buf. Never blocks: the file system is only asked when the kernel names the file as a dma-buf.
int clinux_is_dmabuf(int fd);
/// Begins reads of a dma-buf by the processor, or with `ends` ends them; 0, or -1 with errno. It waits for devices that still
/// write to the buffer, so ask whether the descriptor is readable before.
int clinux_sync_dmabuf(int fd, int ends);
/// Opens the file of a descriptor again, for reading only, closed on exec; -1 with errno.
int clinux_reopen_for_reading(int fd);

/// The process at the other end of a socket, as of when it was connected; 0 when that is not known.
int clinux_peer_process(int socket);

/// Adds one to an eventfd that others have too, as the kernel does, and never waits, whatever they do with it: one that is
/// full stays full. 0, or -1 with errno, ENOSYS where the kernel has no asynchronous reads.
int clinux_eventfd_raise(int fd);
/// Takes the count of such an eventfd and never waits; -1 with EAGAIN when it is zero, EOPNOTSUPP on an old kernel.
ssize_t clinux_eventfd_take(int fd, uint64_t *count);

/// Writes these bytes, at most 512 of them, to standard error when a signal ends the process that says that it failed
/// (SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV); the signal then does what it does. Later words replace earlier ones.
/// To be called before threads start, which inherit that these signals are not blocked.
void clinux_crash_message(const char *words, size_t count);

/// Says where people read when standard error was replaced by a pipe: `output` is what it was before, `pipe` the end of
/// the pipe that is read, non-blocking. From now on a signal that says that the process failed, and a report of a
/// sanitizer, gives the threads that pass lines on a second for it; then what is still in the pipe goes to `output`, and
/// so do the words of `clinux_crash_message`. −1 and −1: standard error is itself again.
void clinux_crash_output(int output, int pipe);

/// Makes a pipe whose reader never waits and whose writer does, both closed on exec; 0, or -1 with errno.
int clinux_pipe(int *reader, int *writer);

/// Adds to the number of lines that a thread is still to write.
void clinux_unwritten_lines(int change);

/// Makes the calling thread hold back all signals but those that say that something failed, and stores what it held
/// back before.
void clinux_hold_signals(sigset_t *before);

/// Maps the shared pages of a mapping once more, at `place`, in the room of whatever is there; 0, or -1 with errno.
int clinux_map_again(void *pages, size_t length, void *place);

/// Starts the program at `path`. Its arguments are `word_count` strings, one after the other in `words`, each ended by
/// a zero. It finds the descriptor `fd` by `number`, and an empty standard input; what is closed on exec it does not
/// have. With `in_own_group` signals of the terminal do not reach it. It writes what it prints to `output`, or where this
/// process does when that is negative. It holds back no signal. Returns the process, or a negative errno value.
int clinux_spawn(
    const char *path, const char *words, size_t word_count, int fd, int number, int in_own_group, int output);

/// Starts the program that the first of the words names, which `PATH` is searched for, in a process group of its own, with an
/// empty standard input, which prints to `output` and `errors`. Otherwise as above.
int clinux_spawn_command(const char *words, size_t word_count, int output, int errors);

/// A descriptor of a process, closed on exec, that is readable once the process has ended; -1 with errno.
int clinux_open_process(int process);

/// How a child ended, without waiting and as often as it is asked: 1 with its exit code in `*value`, 2 with the signal that
/// killed it; 0 when it has not ended.
int clinux_process_ending(int process, int *value);

/// Has this process get the signal when the thread that started it ends.
void clinux_end_with_parent(int signal);

/// The size of a file's pages in memory: of huge ones, where its file system has those.
size_t clinux_page_size(int file);

/// Watches a mapping of pages of this size for SIGBUS: when its file no longer backs a page that is touched, private zeros
/// take the place of the whole mapping, so the reader goes on, and the eventfd `event`, if it is none below zero, is
/// raised. Returns a slot, or -1 when all slots are taken.
int clinux_bus_guard_add(void *base, size_t length, size_t page_size, int event);
void clinux_bus_guard_remove(int slot);
/// 1 when the mapping has been replaced since it was added.
int clinux_bus_guard_torn(int slot);

/// Keeps this process and those that it starts from gaining privileges by executing a file.
void clinux_no_new_privileges(void);

#endif
