/*
 * Waits until the virtio-gpu DEVICE has done all that anybody in the guest asked it for.
 *
 *     settle DEVICE
 */
#include <fcntl.h>
#include <stdio.h>

#include "settle.h"

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "Usage: settle DEVICE: waits until DEVICE has done all that it was asked for\n");
        return 64;
    }
    int device = open(argv[1], O_RDWR | O_CLOEXEC);
    if (device >= 0 && settle(device))
        return 0;
    perror(argv[1]);
    return 1;
}
