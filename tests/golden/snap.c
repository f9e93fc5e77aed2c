/*
 * Dissects every packet of the given captures at every snap length.
 *
 *     ... mapped, readable ...            | PROT_NONE
 *              the packet's first n bytes |
 *
 * The bytes end where the page does, so a read past them is a fault on the spot, whatever the
 * sanitizers think of the memory behind. Each length is tried twice: as a capture that was cut
 * there (the packet was longer on the wire), and as a packet that ends there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../support/everything.h"

enum { ROOM = 1u << 18 }; /* for the largest packet; a multiple of any page size */

/* The first byte that cannot be read; ROOM bytes before it can. */
static uint8_t *map_wall(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *memory =
        mmap(NULL, ROOM + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + ROOM, page, PROT_NONE) != 0) {
        perror("snap: no memory with a wall behind it");
        exit(1);
    }
    return memory + ROOM;
}

static void snap_packet(struct everything *e, uint8_t *wall, const lamna_packet_info *packet)
{
    if (packet->captured > ROOM)
        return;
    for (uint32_t n = 0; n <= packet->captured; n++) {
        lamna_packet_info in = *packet;
        in.data = wall - n;
        in.captured = n;
        memcpy(wall - n, packet->data, n);
        everything_dissect(e, &in);
        in.length = n;
        everything_dissect(e, &in);
    }
}

static int snap_file(struct everything *e, uint8_t *wall, const char *path)
{
    lamna_error err = {0};
    lamna_packet_info packet;
    lamna_status status = LAMNA_OK;
    lamna_source *src = lamna_source_open(path, NULL, &err);
    /* where a fault is seen, this says in which capture */
    const char *slash = strrchr(path, '/');
    printf("%s\n", slash == NULL ? path : slash + 1);
    (void)fflush(stdout);
    while (src != NULL && (status = lamna_source_next(src, &packet, &err)) == LAMNA_OK)
        snap_packet(e, wall, &packet);
    lamna_source_close(src);
    if (src != NULL && status == LAMNA_END)
        return 0;
    (void)fprintf(stderr, "snap: %s: %s\n", path, err.message);
    return 1;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    uint8_t *wall = map_wall();
    struct everything *e = everything_new();
    for (int i = 1; i < argc; i++)
        failed |= snap_file(e, wall, argv[i]);
    everything_free(e);
    return failed;
}
