// Shares memory with the host, in the host-visible region: a blob of the host's renderer (VIRTGPU_BLOB_MEM_HOST3D), of
// which neither side has a copy. The guest draws two images into it, which the host shows; the host writes the reply
// to a Vulkan command there, which the guest reads. Ends with 0 when all that happened.
#include <drm_fourcc.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drmMode.h>

#include "virtgpu.h"

// The image, and behind it a page for replies.
enum { width = 640, height = 480, image = width * height * 4, size = image + 4096 };

// Venus: the numbers of commands, and a flag of theirs.
enum { enumerate_instance_version = 137, set_reply_command_stream = 178, generate_reply = 1 };

// Squares, the others in the second round; no two lines are the same, as a page that is out of place has to show.
static uint32_t colour(int x, int y, int round) {
    uint32_t red = (uint32_t)(x / 32 * 13), green = (uint32_t)(y % 256);
    uint32_t blue = ((x / 32 + y / 32) % 2 == round ? 0xf0 : 0x40) + (uint32_t)(y / 256);
    return red << 16 | green << 8 | blue;
}

static void draw(uint32_t *pixels, int round) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) pixels[y * width + x] = colour(x, y, round);
}

static int is_drawn(const uint32_t *pixels, int round) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            if (pixels[y * width + x] != colour(x, y, round)) {
                fprintf(stderr, "The pixel at %d,%d is %08x.\n", x, y, pixels[y * width + x]);
                return 0;
            }
    return 1;
}

static int become_venus(int gpu) {
    struct context_parameter parameter = {capset_id, venus};
    struct context_init init = {.count = 1, .parameters = (uintptr_t)&parameter};
    return check(drmIoctl(gpu, CONTEXT_INIT, &init), "become a context of venus");
}

static uint32_t *map(int gpu, uint32_t handle) {
    struct drm_virtgpu_map map = {.handle = handle};
    if (!check(drmIoctl(gpu, DRM_IOCTL_VIRTGPU_MAP, &map), "find the blob")) return NULL;
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, gpu, (off_t)map.offset);
    return check(bytes == MAP_FAILED, "map the blob") ? bytes : NULL;
}

// Has the host say which version of Vulkan it has, in the page behind the image; by then it has done all else, too.
static int ask(int gpu, const struct create_blob *blob, volatile uint32_t *pixels) {
    volatile uint32_t *reply = pixels + image / 4;
    for (int i = 0; i < 5; i++) reply[i] = 0;
    uint32_t commands[] = {
        // The stream: not null; its resource, where it starts and how long it is.
        set_reply_command_stream, 0, 1, 0, blob->resource, image, 0, size - image, 0,
        // Where the version goes: not null.
        enumerate_instance_version, generate_reply, 1, 0,
    };
    uint32_t handles[] = {blob->handle};
    struct drm_virtgpu_execbuffer execute = {
        .size = sizeof commands,
        .command = (uintptr_t)commands,
        .bo_handles = (uintptr_t)handles,
        .num_bo_handles = 1,
    };
    struct drm_virtgpu_3d_wait wait = {.handle = blob->handle};
    if (!check(drmIoctl(gpu, DRM_IOCTL_VIRTGPU_EXECBUFFER, &execute), "send commands") ||
        !check(drmIoctl(gpu, DRM_IOCTL_VIRTGPU_WAIT, &wait), "wait for the host"))
        return 0;
    // The command, its result, not null, the version.
    printf("The host wrote %u %u %u %u %08x.\n", reply[0], reply[1], reply[2], reply[3], reply[4]);
    return reply[0] == enumerate_instance_version && reply[1] == 0 && reply[2] == 1 && reply[4] >> 22 == 1;
}

// Shows the image on the first connector, whose first mode has to be as large; the frame buffer, or 0.
static uint32_t show(int gpu, uint32_t handle) {
    drmModeRes *resources = drmModeGetResources(gpu);
    if (!check(!resources, "list the connectors")) return 0;
    drmModeConnector *connector = drmModeGetConnector(gpu, resources->connectors[0]);
    if (!check(!connector || !connector->count_modes, "find a connector with a mode")) return 0;
    uint32_t frame = 0, handles[4] = {handle}, pitches[4] = {width * 4}, offsets[4] = {0};
    int failed = drmModeAddFB2(gpu, width, height, DRM_FORMAT_XRGB8888, handles, pitches, offsets, &frame, 0) ||
                 drmModeSetCrtc(gpu, resources->crtcs[0], frame, 0, 0, &connector->connector_id, 1, connector->modes);
    return check(failed, "show the blob") ? frame : 0;
}

int main(void) {
    int gpu = open("/dev/dri/card0", O_RDWR);
    if (!check(gpu < 0, "open the GPU") || !become_venus(gpu)) return 1;
    // Of memory that is not for Vulkan, the number is 0.
    struct create_blob blob = {.memory = host3d, .flags = mappable, .size = size};
    if (!check(drmIoctl(gpu, CREATE_BLOB, &blob), "create a blob")) return 1;
    uint32_t *pixels = map(gpu, blob.handle);
    if (!pixels || !ask(gpu, &blob, pixels)) return 1;

    // What is drawn stays with the host while the guest has it not mapped.
    draw(pixels, 0);
    munmap(pixels, size);
    pixels = map(gpu, blob.handle);
    if (!pixels || !is_drawn(pixels, 0)) return 1;

    uint32_t frame = show(gpu, blob.handle);
    if (!frame || !ask(gpu, &blob, pixels)) return 1;
    draw(pixels, 1);
    if (!check(drmModeDirtyFB(gpu, frame, NULL, 0), "show it again")) return 1;
    printf("Guest and host share %d bytes.\n", size);
    return 0;
}
