// What the kernel's virtio-gpu driver knows and libdrm of Debian 12 does not yet.
#ifndef VIRTGPU_H
#define VIRTGPU_H

#include <stdint.h>
#include <stdio.h>
#include <virtgpu_drm.h>
#include <xf86drm.h>

// VIRTGPU_RESOURCE_CREATE_BLOB
struct create_blob {
    uint32_t memory;
    uint32_t flags;
    uint32_t handle;
    uint32_t resource;
    uint64_t size;
    uint32_t pad;
    uint32_t command_size;
    uint64_t command;
    uint64_t blob_id;
};
enum { host3d = 2, host3d_guest = 3, mappable = 1 };
#define CREATE_BLOB DRM_IOWR(DRM_COMMAND_BASE + 0x0a, struct create_blob)

// VIRTGPU_CONTEXT_INIT
struct context_parameter {
    uint64_t parameter;
    uint64_t value;
};
struct context_init {
    uint32_t count;
    uint32_t pad;
    uint64_t parameters;
};
enum { capset_id = 1, venus = 4 };
#define CONTEXT_INIT DRM_IOWR(DRM_COMMAND_BASE + 0x0b, struct context_init)

// Whether all is well; says what failed.
static inline int check(int failed, const char *what) {
    if (failed) perror(what);
    return !failed;
}

#endif
