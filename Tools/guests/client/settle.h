/* Waiting for the device of a guest. */
#ifndef SETTLE_H
#define SETTLE_H

#include <stdbool.h>
#include <sys/ioctl.h>
#include <virtgpu_drm.h>

/*
 * Waits until the device has done all that it was asked for on its control queue before, by asking it for a resource of
 * one pixel: it responds in order. False: it makes none, or does not respond.
 */
static inline bool settle(int device)
{
    struct drm_virtgpu_resource_create resource = {
        .target = 2, .format = 1, .width = 1, .height = 1, .depth = 1, .array_size = 1};
    if (ioctl(device, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &resource))
        return false;
    struct drm_virtgpu_3d_wait wait = {.handle = resource.bo_handle};
    bool has_responded = !ioctl(device, DRM_IOCTL_VIRTGPU_WAIT, &wait);
    struct drm_gem_close close = {.handle = resource.bo_handle};
    ioctl(device, DRM_IOCTL_GEM_CLOSE, &close);
    return has_responded;
}

#endif
