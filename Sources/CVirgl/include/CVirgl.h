// virglrenderer (0.10.4 or later), loaded when it is first used, so that a program starts where it is not installed.
#ifndef CVIRGL_H
#define CVIRGL_H

#define VIRGL_RENDERER_UNSTABLE_APIS 1
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

// The header of the library declares it only.
struct virgl_box {
  uint32_t x, y, z, w, h, d;
};
#include <virgl/virglrenderer.h>

#define CVIRGL_FUNCTIONS(F)                                                                                            \
  F(init)                                                                                                              \
  F(cleanup)                                                                                                           \
  F(poll)                                                                                                              \
  F(get_poll_fd)                                                                                                       \
  F(get_cap_set)                                                                                                       \
  F(fill_caps)                                                                                                         \
  F(context_create_with_flags)                                                                                         \
  F(context_destroy)                                                                                                   \
  F(context_create_fence)                                                                                              \
  F(context_get_poll_fd)                                                                                               \
  F(create_fence)                                                                                                      \
  F(ctx_attach_resource)                                                                                               \
  F(ctx_detach_resource)                                                                                               \
  F(submit_cmd)                                                                                                        \
  F(resource_create)                                                                                                   \
  F(resource_create_blob)                                                                                              \
  F(resource_unref)                                                                                                    \
  F(resource_attach_iov)                                                                                               \
  F(resource_detach_iov)                                                                                               \
  F(resource_get_info)                                                                                                 \
  F(resource_get_map_info)                                                                                             \
  F(resource_export_blob)                                                                                              \
  F(transfer_read_iov)                                                                                                 \
  F(transfer_write_iov)

/// The functions of the library, each by its name without `virgl_renderer_`.
struct cvirgl {
#define CVIRGL_FIELD(name) __typeof__(virgl_renderer_##name) *_Nonnull name;
  CVIRGL_FUNCTIONS(CVIRGL_FIELD)
#undef CVIRGL_FIELD
};

/// Called with each message of the library, on any thread.
typedef void (*cvirgl_log)(void *_Nonnull cookie, const char *_Nonnull text);

enum cvirgl_claim { CVIRGL_CLAIMED, CVIRGL_TAKEN, CVIRGL_MISSING };

/// Claims the library, which has one state for the process, and sends its messages to `log` until it is released.
/// CVIRGL_MISSING: `problem` says why it cannot be loaded.
enum cvirgl_claim cvirgl_claim(const char *_Nonnull library, cvirgl_log _Nonnull log, void *_Nonnull cookie,
                               const struct cvirgl *_Nullable *_Nonnull functions, char *_Nonnull problem,
                               size_t capacity);

/// Releases the library, after the caller has cleaned it up.
void cvirgl_release(void);

/// True when a library can be loaded. virglrenderer's own check would end the process.
int cvirgl_can_load(const char *_Nonnull library);

/// The extensions of EGL that need no display, separated by blanks; NULL when there is no EGL.
const char *_Nullable cvirgl_egl_extensions(void);

#endif
