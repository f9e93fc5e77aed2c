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

void put_verified(struct packet *p, struct cursor *c, uint32_t start, uint64_t sum,
                  const struct checksum_fields *fields)
{
    (void)put_u16(p, c, fields->field);
    if (c->fault != CURSOR_OK)
        return;
    enum checksum_status status = CHECKSUM_UNVERIFIED;
    if (!p->net.fragment && c->cap == c->end)
        status = checksum_fold(checksum_add(sum, c->data + start, c->end - start)) == 0
                     ? CHECKSUM_GOOD
                     : CHECKSUM_BAD;
    put_uint(p, c, fields->status, c->pos - 2, 0, status);
    if (status == CHECKSUM_BAD && fields->bad != NO_MARK)
        put_mark(p, c, fields->bad);
}
