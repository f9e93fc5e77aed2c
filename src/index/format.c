#include "index/format.h"

uint64_t format_digest(const uint8_t *bytes, size_t n)
{
    static const uint64_t multiplier = 0x9fb21c651e98df25u;
    uint64_t a = n * multiplier, b = ~a;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        a = (a ^ le64(bytes + i)) * multiplier;
        b = (b ^ le64(bytes + i + 8)) * multiplier;
        a ^= a >> 29;
        b ^= b >> 31;
    }
    for (; i < n; i++)
        a = (a ^ bytes[i]) * multiplier;
    a ^= b + (b >> 27);
    a = (a ^ a >> 32) * multiplier;
    return a ^ a >> 29;
}
