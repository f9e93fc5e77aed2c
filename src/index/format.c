#include "index/format.h"

static inline uint64_t mix(uint64_t lane, uint64_t word)
{
    lane = (lane ^ word) * 0x9fb21c651e98df25u;
    return lane ^ lane >> 29;
}

/* Four lanes, so that one need not wait for the other. */
uint64_t index_digest(const void *data, size_t n)
{
    const uint8_t *bytes = data;
    uint64_t lanes[4] = {n, ~(uint64_t)n, n << 1, ~(uint64_t)n << 1};
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        for (unsigned lane = 0; lane < 4; lane++)
            lanes[lane] = mix(lanes[lane], le64(bytes + i + 8 * (size_t)lane));
    }
    for (; i < n; i++)
        lanes[0] = mix(lanes[0], bytes[i]);
    return mix(mix(lanes[0], lanes[1]), mix(lanes[2], lanes[3]));
}
