// Sends bytes to the host and fetches them again, through a blob that both have: memory of the guest with a buffer of the
// renderer behind it (VIRTGPU_BLOB_MEM_HOST3D_GUEST). Ends with 0 when all of them came back.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "virtgpu.h"

enum { size = 5 * 4096, object = 7 };

// Makes a buffer of the renderer, the object, and a blob of it.
static uint32_t make(int gpu) {
    // virgl's PIPE_RESOURCE_CREATE: a buffer of bytes (format R8), to be used for vertices.
    uint32_t create[12] = {48 | 11 << 16, 0, 64, 1 << 4, size, 1, 1, 1, 0, 0, 0, object};
    struct create_blob blob = {
        .memory = host3d_guest,
        .flags = mappable,
        .size = size,
        .command_size = sizeof create,
        .command = (uintptr_t)create,
        .blob_id = object,
    };
    return check(drmIoctl(gpu, CREATE_BLOB, &blob), "create a blob") ? blob.handle : 0;
}

static int await(int gpu, uint32_t handle) {
    struct drm_virtgpu_3d_wait wait = {.handle = handle};
    return check(drmIoctl(gpu, DRM_IOCTL_VIRTGPU_WAIT, &wait), "wait for the host");
}

static int send(int gpu, uint32_t handle, uint32_t offset, uint32_t count) {
    struct drm_virtgpu_3d_transfer_to_host transfer = {
        .bo_handle = handle, .box = {.x = offset, .w = count, .h = 1, .d = 1}, .offset = offset};
    return check(drmIoctl(gpu, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &transfer), "send bytes") && await(gpu, handle);
}

static int fetch(int gpu, uint32_t handle) {
    struct drm_virtgpu_3d_transfer_from_host transfer = {.bo_handle = handle, .box = {.w = size, .h = 1, .d = 1}};
    return check(drmIoctl(gpu, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &transfer), "fetch bytes") && await(gpu, handle);
}

int main(void) {
    int gpu = open("/dev/dri/renderD128", O_RDWR);
    if (!check(gpu < 0, "open the GPU")) return 1;
    uint32_t handle = make(gpu);
    struct drm_virtgpu_map map = {.handle = handle};
    if (!handle || !check(drmIoctl(gpu, DRM_IOCTL_VIRTGPU_MAP, &map), "find the blob")) return 1;
    uint8_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, gpu, (off_t)map.offset);
    if (!check(bytes == MAP_FAILED, "map the blob")) return 1;

    uint8_t expected[size];
    for (int i = 0; i < size; i++) expected[i] = (uint8_t)(i * 7 + i / 4096);
    memcpy(bytes, expected, size);
    if (!send(gpu, handle, 0, size)) return 1;
    // Of other bytes, only a part is sent, across the end of a page.
    memset(bytes, 0xee, size);
    if (!send(gpu, handle, 4000, 200)) return 1;
    memset(expected + 4000, 0xee, 200);
    memset(bytes, 0, size);
    if (!fetch(gpu, handle)) return 1;
    for (int i = 0; i < size; i++)
        if (bytes[i] != expected[i]) {
            fprintf(stderr, "Byte %d came back as %d, not as %d.\n", i, bytes[i], expected[i]);
            return 1;
        }
    printf("%d bytes went to the host and came back.\n", size);
    return 0;
}
