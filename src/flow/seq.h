/*
 * seq: arithmetic of TCP sequence numbers, modulo 2^32 (RFC 9293, section 3.4). It exists once, here.
 *
 * Of two numbers, one is before the other if it can be reached by adding less than 2^31 to it:
 *
 *      ... fffffffe ffffffff 00000000 00000001 ...
 *             a  -------------->  b                 seq_lt(a, b)
 */
#ifndef FLOW_SEQ_H
#define FLOW_SEQ_H

#include <stdbool.h>
#include <stdint.h>

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };

static inline bool seq_lt(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static inline bool seq_le(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) <= 0;
}

static inline bool seq_gt(uint32_t a, uint32_t b)
{
    return seq_lt(b, a);
}

static inline bool seq_ge(uint32_t a, uint32_t b)
{
    return seq_le(b, a);
}

/* The number after a segment of `length` bytes: SYN and FIN take one each. */
static inline uint32_t seq_end(uint32_t seq, uint32_t length, uint16_t flags)
{
    return seq + length + ((flags & TCP_SYN) != 0) + ((flags & TCP_FIN) != 0);
}

#endif
