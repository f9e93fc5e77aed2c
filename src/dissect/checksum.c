#include "dissect/checksum.h"

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t n)
{
    for (; n >= 4; n -= 4, bytes += 4)
        sum += be32(bytes);
    if (n >= 2) {
        sum += be16(bytes);
        bytes += 2;
    }
    if (n & 1)
        sum += (uint64_t)*bytes << 8;
    return sum;
}

uint16_t checksum_fold(uint64_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

uint64_t checksum_pseudo_header(const struct packet *p, uint8_t protocol, uint32_t length)
{
    size_t n = p->net.version == 6 ? 16 : 4;
    uint64_t sum = checksum_add(0, p->net.src, n);
    return checksum_add(sum, p->net.dst, n) + protocol + length;
}
