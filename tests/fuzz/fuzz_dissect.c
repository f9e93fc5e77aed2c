/*
 * Fuzzes dissection: the engine, every protocol, and the formatting of what they find.
 *
 *     input -> link type (2 bytes, big-endian), packet -> items -> value, JSON and label of each
 *
 * Each packet is dissected a second time as if the capture had cut it in half.
 */
#include <stdint.h>

#include "../support/everything.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct everything *everything;
    if (everything == NULL)
        everything = everything_new();
    if (size < 2)
        return 0;
    lamna_packet_info in = {
        .number = 1,
        .time_ns = 1361916645706886000,
        .captured = (uint32_t)(size - 2),
        .length = (uint32_t)(size - 2),
        .link_type = (uint16_t)(data[0] << 8 | data[1]),
        .flags = LAMNA_PACKET_HAS_TIME,
        .data = data + 2,
    };
    everything_dissect(everything, &in);
    in.captured /= 2;
    everything_dissect(everything, &in);
    return 0;
}
