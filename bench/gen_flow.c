/* gen_flow: one TCP connection, a packet at a time, from SYN to the last ACK. */
#include "gen.h"

#include <string.h>

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
/* One ACK to so many segments: receivers that merge segments do no better, and bulk data is to
 * dominate. */
enum { SEGMENTS_PER_ACK = 12, AGAIN = 50, REORDER = 30 };

static const uint8_t syn_options[] = {2, 4, 5, 0xb4, 1, 1, 4, 2, 1, 3, 3, 7};

void gen_flow_init(struct gen_flow *flow, struct gen_rng *rng, enum gen_kind kind)
{
    static const uint16_t ports[] = {[GEN_HTTP] = 80, [GEN_TLS] = 443, [GEN_HELLO] = 12345};
    gen_path_init(&flow->path, rng, ports[kind]);
    gen_talk_init(&flow->talk, rng, kind);
    flow->state = GEN_SYN;
    flow->seq[0] = (uint32_t)gen_random(rng);
    flow->seq[1] = (uint32_t)gen_random(rng);
    flow->pos = flow->last = flow->unacked = 0;
    flow->gap = false;
}

/* The header at the l4 offset, which the payload follows already; returns the frame's length. */
static size_t put_tcp(struct gen_flow *flow, uint8_t *frame, unsigned from, uint32_t seq,
                      uint8_t flags, uint32_t payload)
{
    uint8_t *b = frame + gen_l4_offset(&flow->path);
    uint32_t options = flags & SYN ? (uint32_t)sizeof syn_options : 0;
    gen_put16(b, flow->path.end[from].port);
    gen_put16(b + 2, flow->path.end[1 - from].port);
    gen_put32(b + 4, seq);
    gen_put32(b + 8, flags & ACK ? flow->seq[1 - from] : 0);
    b[12] = (uint8_t)((20 + options) << 2);
    b[13] = flags;
    gen_put16(b + 14, flags & SYN ? 64240 : flags & RST ? 0 : 501 + 512 * from);
    gen_put16(b + 18, 0);
    if (options) {
        memcpy(b + 20, syn_options, sizeof syn_options);
        if (flow->path.v6)
            gen_put16(b + 22, 1440);
    }
    return gen_finish(frame, &flow->path, from, 6, 20 + options + payload);
}

static size_t put_control(struct gen_flow *flow, uint8_t *frame, unsigned from, uint8_t flags)
{
    size_t len = put_tcp(flow, frame, from, flow->seq[from], flags, 0);
    if (flags & (SYN | FIN))
        flow->seq[from]++;
    return len;
}

/* The segment at an offset of the message; pos is where seq stands. */
static size_t put_segment(struct gen_flow *flow, uint8_t *frame, uint32_t at, uint32_t len)
{
    const struct gen_message *message = &flow->message;
    gen_message_copy(message, at, frame + gen_l4_offset(&flow->path) + 20, len);
    bool end = at + len == message->head_len + message->body_len;
    uint32_t seq = flow->seq[message->from] + at - flow->pos;
    return put_tcp(flow, frame, message->from, seq, end ? PSH | ACK : ACK, len);
}

static void advance(struct gen_flow *flow, uint32_t len)
{
    flow->pos += len;
    flow->seq[flow->message.from] += len;
}

static size_t new_segment(struct gen_flow *flow, struct gen_rng *rng, uint8_t *frame, uint32_t left)
{
    uint32_t mss = flow->path.v6 ? 1440 : 1460;
    if (flow->gap) {
        size_t late = put_segment(flow, frame, flow->pos, mss);
        advance(flow, 2 * mss);
        flow->gap = false;
        flow->last = 0;
        flow->unacked += 2;
        return late;
    }
    if (left > 2 * mss && gen_chance(rng, REORDER)) {
        flow->gap = true;
        flow->last = 0;
        return put_segment(flow, frame, flow->pos + mss, mss);
    }
    uint32_t len = left < mss ? left : mss;
    size_t size = put_segment(flow, frame, flow->pos, len);
    advance(flow, len);
    flow->last = len;
    flow->unacked++;
    return size;
}

/* Data, or the ACK that it is due, or the first packet of the end. */
static size_t next_data(struct gen_flow *flow, struct gen_rng *rng, uint8_t *frame)
{
    uint32_t left = flow->message.head_len + flow->message.body_len - flow->pos;
    if (flow->last && gen_chance(rng, AGAIN)) {
        uint32_t len = flow->last;
        flow->last = 0;
        return put_segment(flow, frame, flow->pos - len, len);
    }
    if (!flow->gap && (flow->unacked >= SEGMENTS_PER_ACK || (left == 0 && flow->unacked))) {
        flow->unacked = 0;
        flow->last = 0;
        return put_control(flow, frame, 1 - flow->message.from, ACK);
    }
    if (left)
        return new_segment(flow, rng, frame, left);
    if (gen_talk_next(&flow->talk, rng, &flow->message)) {
        flow->pos = flow->last = 0;
        return new_segment(flow, rng, frame, flow->message.head_len + flow->message.body_len);
    }
    if (gen_chance(rng, 600)) {
        flow->state = GEN_CLOSED;
        return put_control(flow, frame, 0, RST | ACK);
    }
    flow->state = GEN_FIN_ACK;
    return put_control(flow, frame, 0, FIN | ACK);
}

size_t gen_flow_next(struct gen_flow *flow, struct gen_rng *rng, uint8_t *frame)
{
    switch (flow->state) {
    case GEN_SYN:
        flow->state = GEN_SYN_ACK;
        return put_control(flow, frame, 0, SYN);
    case GEN_SYN_ACK:
        flow->state = GEN_ACK;
        return put_control(flow, frame, 1, SYN | ACK);
    case GEN_ACK:
        flow->state = GEN_DATA;
        flow->message.head_len = flow->message.body_len = 0;
        return put_control(flow, frame, 0, ACK);
    case GEN_FIN_ACK:
        flow->state = GEN_LAST_ACK;
        return put_control(flow, frame, 1, FIN | ACK);
    case GEN_LAST_ACK:
        flow->state = GEN_CLOSED;
        return put_control(flow, frame, 0, ACK);
    default:
        return next_data(flow, rng, frame);
    }
}
