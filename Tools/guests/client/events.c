/*
 * Prints what comes from the input devices of Scanout.
 *
 *     events WIDTH HEIGHT
 *
 * lights the LED of caps lock on the keyboard, prints "listening DEVICE…", and then a line for each event: its device, key,
 * rel or abs, the code and the value. Positions are in pixels of a desktop of WIDTH by HEIGHT, as libinput computes them.
 * Ends when escape is released on the keyboard.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char prefix[] = "Scanout ";

struct device {
    char name[64];
    int descriptor;
};

static bool is_event_file(const char *name)
{
    return !strncmp(name, "event", 5);
}

/* Opens the devices, the keyboard first by the order of names; how many there are. */
static size_t open_devices(struct device *devices, size_t limit)
{
    size_t count = 0;
    DIR *folder = opendir("/dev/input");
    for (struct dirent *entry; folder && (entry = readdir(folder)) && count < limit;) {
        char path[300], name[64] = "";
        if (!is_event_file(entry->d_name))
            continue;
        snprintf(path, sizeof path, "/dev/input/%s", entry->d_name);
        int descriptor = open(path, O_RDWR | O_CLOEXEC);
        if (descriptor < 0)
            continue;
        ioctl(descriptor, EVIOCGNAME(sizeof name), name);
        if (strncmp(name, prefix, strlen(prefix))) {
            close(descriptor);
            continue;
        }
        struct device *device = &devices[count++];
        snprintf(device->name, sizeof device->name, "%s", name + strlen(prefix));
        device->name[strcspn(device->name, " ")] = 0;
        device->descriptor = descriptor;
    }
    if (folder)
        closedir(folder);
    return count;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct device *)left)->name, ((const struct device *)right)->name);
}

/* A value of an axis in pixels, if it is a position. */
static int64_t in_pixels(const struct device *device, const struct input_event *event, const int size[2])
{
    bool is_x = event->code == ABS_X || event->code == ABS_MT_POSITION_X;
    bool is_y = event->code == ABS_Y || event->code == ABS_MT_POSITION_Y;
    struct input_absinfo info;
    if ((!is_x && !is_y) || ioctl(device->descriptor, EVIOCGABS(event->code), &info))
        return event->value;
    return ((int64_t)event->value - info.minimum) * size[is_y] / ((int64_t)info.maximum - info.minimum + 1);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "Usage: events WIDTH HEIGHT: prints the events of Scanout's input devices\n");
        return 64;
    }
    const int size[2] = {atoi(argv[1]), atoi(argv[2])};
    struct device devices[8];
    struct pollfd waits[8];
    size_t count = open_devices(devices, 8);
    qsort(devices, count, sizeof *devices, by_name);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("listening");
    for (size_t index = 0; index < count; index++) {
        printf(" %s", devices[index].name);
        waits[index] = (struct pollfd){.fd = devices[index].descriptor, .events = POLLIN};
        struct input_event light[2] = {{.type = EV_LED, .code = LED_CAPSL, .value = 1}, {.type = EV_SYN}};
        if (!strcmp(devices[index].name, "keyboard") && write(devices[index].descriptor, light, sizeof light) < 0)
            perror("no LED");
    }
    printf("\n");
    while (count && poll(waits, count, -1) > 0) {
        for (size_t index = 0; index < count; index++) {
            struct input_event event;
            if (!(waits[index].revents & POLLIN) || read(waits[index].fd, &event, sizeof event) != sizeof event)
                continue;
            const char *type = event.type == EV_KEY ? "key" : event.type == EV_REL ? "rel" : event.type == EV_ABS ? "abs" : NULL;
            if (!type)
                continue;
            printf("%s %s %d %lld\n", devices[index].name, type, event.code, (long long)in_pixels(&devices[index], &event, size));
            if (event.type == EV_KEY && event.code == KEY_ESC && !event.value)
                return 0;
        }
    }
    return 1;
}
