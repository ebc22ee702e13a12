/*
 * A KMS client with a cursor whose hot spot is not its corner.
 *
 *     hot-spot DEVICE
 *
 * fills the first output of the virtio-gpu DEVICE with one colour and shows a red cursor of 64 × 64 pixels over it, whose
 * hot spot is at 10,20. It points at 110,120, so its top left corner is put at 100,100, as every KMS client does it: the
 * cursor covers 100,100 to 163,163. Ends when the device has done all of it.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "settle.h"

static void require(bool holds, const char *sentence)
{
    if (holds)
        return;
    perror(sentence);
    exit(1);
}

/* A buffer of one colour; its handle. */
static uint32_t make_buffer(int device, uint32_t width, uint32_t height, uint32_t color, uint32_t *pitch)
{
    struct drm_mode_create_dumb buffer = {.width = width, .height = height, .bpp = 32};
    require(!drmIoctl(device, DRM_IOCTL_MODE_CREATE_DUMB, &buffer), "no buffer");
    struct drm_mode_map_dumb map = {.handle = buffer.handle};
    require(!drmIoctl(device, DRM_IOCTL_MODE_MAP_DUMB, &map), "no mapping");
    uint32_t *pixels = mmap(NULL, buffer.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t)map.offset);
    require(pixels != MAP_FAILED, "no pixels");
    for (uint64_t pixel = 0; pixel < buffer.size / 4; pixel++)
        pixels[pixel] = color;
    munmap(pixels, buffer.size);
    *pitch = buffer.pitch;
    return buffer.handle;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "Usage: hot-spot DEVICE: shows a cursor on the first output of DEVICE\n");
        return 64;
    }
    int device = open(argv[1], O_RDWR | O_CLOEXEC);
    require(device >= 0, argv[1]);
    drmModeRes *resources = drmModeGetResources(device);
    require(resources && resources->count_connectors > 0 && resources->count_crtcs > 0, "no outputs");
    drmModeConnector *connector = drmModeGetConnector(device, resources->connectors[0]);
    require(connector && connector->count_modes > 0, "no modes");
    drmModeModeInfo mode = connector->modes[0];
    uint32_t crtc = resources->crtcs[0], pitch, framebuffer;

    uint32_t buffer = make_buffer(device, mode.hdisplay, mode.vdisplay, 0x204060, &pitch);
    require(!drmModeAddFB(device, mode.hdisplay, mode.vdisplay, 24, 32, pitch, buffer, &framebuffer), "no framebuffer");
    require(!drmModeSetCrtc(device, crtc, framebuffer, 0, 0, &connector->connector_id, 1, &mode), "no CRTC");
    uint32_t image = make_buffer(device, 64, 64, 0xffff0000, &pitch);
    require(!drmModeSetCursor2(device, crtc, image, 64, 64, 10, 20), "no cursor");
    require(!drmModeMoveCursor(device, crtc, 110 - 10, 120 - 20), "no move");
    require(settle(device), "no response");
    puts("shown");
    return 0;
}
