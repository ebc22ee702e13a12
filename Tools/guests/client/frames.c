/*
 * A Wayland client whose frames are known in advance: frame n is a function of n and the output's size alone.
 *
 *     frames COUNT [DEVICE]
 *
 * shows frames 0 to COUNT-1 on the whole of the first output, then says "shown" on standard output and keeps the last one
 * until the compositor ends.
 *
 * A frame is a still field of 256 colours, a bar that moves, and the frame's number in binary as sixteen squares.
 *
 * With a DEVICE, the render node of the virtio-gpu that the compositor shows them on, each frame is drawn when the one
 * before is shown, and none is lost, however slow the device: the kernel tells the compositor that a frame is shown before the
 * device has seen it, so the compositor would soon draw on memory that the device has yet to copy. Therefore the client
 * asks the device for something of its own after each frame and waits for that: the device responds in order.
 *
 * Without one, each frame is drawn when the compositor asks for it, as ordinary clients do: as fast as it repaints.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <virtgpu_drm.h>
#include <wayland-client.h>

#include "fullscreen-shell.h"
#include "presentation-time.h"
#include "settle.h"

struct rectangle {
    int x, y, width, height;
};

struct buffer {
    struct wl_buffer *wayland;
    uint32_t *pixels;
    bool busy;
};

struct client {
    struct wl_display *display;
    struct wl_compositor *compositor;
    struct wl_shm *shm;
    struct wl_output *output;
    struct wp_presentation *presentation;
    struct zwp_fullscreen_shell_v1 *shell;
    struct wl_surface *surface;
    struct buffer buffers[3]; /* one that is shown, one that the compositor is about to show, one to draw */
    int width, height;
    uint32_t *field; /* what all frames have in common */
    int device; /* -1: none */
    bool shown; /* what is waited for after each frame has come */
};

static void fail(const char *sentence)
{
    fprintf(stderr, "frames: %s\n", sentence);
    exit(70);
}

/* The image. */

static struct rectangle bar(const struct client *client, int frame)
{
    int width = client->width / 16;
    return (struct rectangle){frame * 8 % (client->width - width), 0, width, client->height * 3 / 4};
}

static struct rectangle number(const struct client *client)
{
    int side = client->width / 32;
    return (struct rectangle){side * 8, client->height * 7 / 8, side * 16, side};
}

static void fill(const struct client *client, uint32_t *pixels, struct rectangle area, uint32_t color)
{
    for (int y = area.y; y < area.y + area.height && y < client->height; y++)
        for (int x = area.x; x < area.x + area.width; x++)
            pixels[y * client->width + x] = color;
}

static void draw_field(const struct client *client, uint32_t *pixels)
{
    for (int y = 0; y < client->height; y++)
        for (int x = 0; x < client->width; x++) {
            uint32_t red = x * 16 / client->width * 17, green = y * 16 / client->height * 17;
            pixels[y * client->width + x] = red << 16 | green << 8 | 0x40;
        }
}

static void draw(const struct client *client, uint32_t *pixels, int frame)
{
    memcpy(pixels, client->field, (size_t)client->width * client->height * sizeof *pixels);
    fill(client, pixels, bar(client, frame), 0xffffff);

    struct rectangle digits = number(client);
    for (int bit = 0; bit < 16; bit++) {
        struct rectangle square = {digits.x + (15 - bit) * digits.height, digits.y, digits.height, digits.height};
        fill(client, pixels, square, frame >> bit & 1 ? 0xffffff : 0x000000);
    }
}

/* What the compositor says. */

static void released(void *data, struct wl_buffer *wayland)
{
    (void)wayland;
    struct buffer *buffer = data;
    buffer->busy = false;
}

static const struct wl_buffer_listener buffer_listener = {.release = released};

static void presented(void *data, struct wp_presentation_feedback *feedback, uint32_t seconds_high,
                      uint32_t seconds_low, uint32_t nanoseconds, uint32_t refresh, uint32_t sequence_high,
                      uint32_t sequence_low, uint32_t flags)
{
    (void)seconds_high, (void)seconds_low, (void)nanoseconds, (void)refresh, (void)sequence_high, (void)sequence_low;
    (void)flags;
    struct client *client = data;
    wp_presentation_feedback_destroy(feedback);
    client->shown = true;
}

static void discarded(void *data, struct wp_presentation_feedback *feedback)
{
    (void)data, (void)feedback;
    fail("the compositor discarded a frame");
}

static void repainted(void *data, struct wl_callback *callback, uint32_t time)
{
    (void)time;
    struct client *client = data;
    wl_callback_destroy(callback);
    client->shown = true;
}

static const struct wl_callback_listener repaint_listener = {.done = repainted};

static void sync_output(void *data, struct wp_presentation_feedback *feedback, struct wl_output *output)
{
    (void)data, (void)feedback, (void)output;
}

static const struct wp_presentation_feedback_listener feedback_listener = {
    .presented = presented, .discarded = discarded, .sync_output = sync_output};

static void output_mode(void *data, struct wl_output *output, uint32_t flags, int width, int height, int refresh)
{
    (void)output, (void)refresh;
    struct client *client = data;
    if (flags & WL_OUTPUT_MODE_CURRENT) {
        client->width = width;
        client->height = height;
    }
}

static void output_geometry(void *data, struct wl_output *output, int x, int y, int width, int height, int subpixel,
                            const char *make, const char *model, int transform)
{
    (void)data, (void)output, (void)x, (void)y, (void)width, (void)height, (void)subpixel, (void)make, (void)model;
    (void)transform;
}

static const struct wl_output_listener output_listener = {.geometry = output_geometry, .mode = output_mode};

static void global(void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
    (void)version;
    struct client *client = data;
    if (!strcmp(interface, wl_compositor_interface.name)) {
        client->compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 4);
    } else if (!strcmp(interface, wl_shm_interface.name)) {
        client->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
    } else if (!strcmp(interface, wp_presentation_interface.name)) {
        client->presentation = wl_registry_bind(registry, name, &wp_presentation_interface, 1);
    } else if (!strcmp(interface, zwp_fullscreen_shell_v1_interface.name)) {
        client->shell = wl_registry_bind(registry, name, &zwp_fullscreen_shell_v1_interface, 1);
    } else if (!strcmp(interface, wl_output_interface.name) && !client->output) {
        client->output = wl_registry_bind(registry, name, &wl_output_interface, 1);
        wl_output_add_listener(client->output, &output_listener, client);
    }
}

static void global_removed(void *data, struct wl_registry *registry, uint32_t name)
{
    (void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {.global = global, .global_remove = global_removed};

/* What it is told. */

static void dispatch(struct client *client)
{
    if (wl_display_dispatch(client->display) < 0)
        fail("the compositor closed the connection");
}

static void connect_to_compositor(struct client *client)
{
    client->display = wl_display_connect(NULL);
    if (!client->display)
        fail("no compositor listens at WAYLAND_DISPLAY");
    wl_registry_add_listener(wl_display_get_registry(client->display), &registry_listener, client);
    wl_display_roundtrip(client->display);
    if (!client->compositor || !client->shm || !client->presentation || !client->shell)
        fail("the compositor lacks wl_compositor, wl_shm, wp_presentation or zwp_fullscreen_shell_v1");
    wl_display_roundtrip(client->display);
    if (client->width < 32 || client->height < 32)
        fail("the compositor has no output of at least 32x32");
}

static void make_buffers(struct client *client)
{
    int size = client->width * client->height * 4;
    client->field = malloc(size);
    if (!client->field)
        fail("there is no memory for the field");
    draw_field(client, client->field);
    for (int i = 0; i < 3; i++) {
        struct buffer *buffer = &client->buffers[i];
        int file = memfd_create("frame", MFD_CLOEXEC);
        if (file < 0 || ftruncate(file, size))
            fail("there is no memory for a frame");
        buffer->pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (buffer->pixels == MAP_FAILED)
            fail("a frame's memory cannot be mapped");

        struct wl_shm_pool *pool = wl_shm_create_pool(client->shm, file, size);
        buffer->wayland =
            wl_shm_pool_create_buffer(pool, 0, client->width, client->height, client->width * 4, WL_SHM_FORMAT_XRGB8888);
        wl_buffer_add_listener(buffer->wayland, &buffer_listener, buffer);
        wl_shm_pool_destroy(pool);
        close(file);
    }
}

static struct buffer *free_buffer(struct client *client)
{
    for (;;) {
        for (int i = 0; i < 3; i++)
            if (!client->buffers[i].busy)
                return &client->buffers[i];
        dispatch(client);
    }
}

/* Waits until the device has done all that it was asked before. */
static void require_response(const struct client *client)
{
    if (!settle(client->device))
        fail("the device makes no resource, or does not respond");
}

static void damage(struct client *client, struct rectangle area)
{
    wl_surface_damage_buffer(client->surface, area.x, area.y, area.width, area.height);
}

static void show(struct client *client, int frame)
{
    struct buffer *buffer = free_buffer(client);
    draw(client, buffer->pixels, frame);
    buffer->busy = true;
    wl_surface_attach(client->surface, buffer->wayland, 0, 0);
    if (frame == 0) {
        damage(client, (struct rectangle){0, 0, client->width, client->height});
    } else {
        damage(client, bar(client, frame - 1));
        damage(client, bar(client, frame));
        damage(client, number(client));
    }

    client->shown = false;
    if (client->device < 0)
        wl_callback_add_listener(wl_surface_frame(client->surface), &repaint_listener, client);
    else
        wp_presentation_feedback_add_listener(wp_presentation_feedback(client->presentation, client->surface),
                                              &feedback_listener, client);
    wl_surface_commit(client->surface);
    while (!client->shown)
        dispatch(client);
    if (client->device >= 0)
        require_response(client);
}

int main(int argc, char **argv)
{
    int count = argc == 2 || argc == 3 ? atoi(argv[1]) : 0;
    if (count < 1 || count > 65536) {
        fprintf(stderr, "Usage: frames COUNT [DEVICE]: shows COUNT frames, 1 to 65536, on the virtio-gpu DEVICE\n");
        return 64;
    }

    struct client client = {.device = argc == 3 ? open(argv[2], O_RDWR | O_CLOEXEC) : -1};
    if (argc == 3 && client.device < 0)
        fail("the device cannot be opened");
    connect_to_compositor(&client);
    make_buffers(&client);
    client.surface = wl_compositor_create_surface(client.compositor);
    zwp_fullscreen_shell_v1_present_surface(client.shell, client.surface,
                                            ZWP_FULLSCREEN_SHELL_V1_PRESENT_METHOD_DEFAULT, client.output);
    for (int frame = 0; frame < count; frame++)
        show(&client, frame);

    puts("shown");
    fclose(stdout);
    while (wl_display_dispatch(client.display) >= 0)
        ;
    return 0;
}
