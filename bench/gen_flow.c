/*
 * gen_flow: one TCP connection, a packet at a time, from SYN to the last ACK. Data flows in order
 * but for these, each of them rare:
 *
 * - again: a segment is sent twice.
 * - gap: two segments change places on the way.
 * - loss: a segment is lost before it comes by here. Each of the next is answered by an ACK of what
 *   came before it, with a SACK block of what came after it; then it is sent again.
 * - stall: the receiver closes its window, is probed, and opens it again.
 */
#include "gen.h"

#include <string.h>

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
/* One ACK to so many segments: receivers that merge segments do no better, and bulk data is to
 * dominate. */
enum { SEGMENTS_PER_ACK = 12 };
/* Chances in ten thousand: of a segment, but for STALL and RESET, of an ACK and of a connection. */
enum { AGAIN = 50, REORDER = 30, LOSS = 10, STALL = 30, RESET = 600, STAMPED = 7000 };
/* Of a loss: segments sent before the lost one is sent again; steps besides: one more ACK each. */
enum { LOSS_SEGMENTS = 4, LOSS_STEPS = 2 * LOSS_SEGMENTS + 1, STALL_STEPS = 3 };

void gen_flow_init(struct gen_flow *flow, struct gen_rng *rng, enum gen_kind kind)
{
    static const uint16_t ports[] = {[GEN_HTTP] = 80, [GEN_TLS] = 443, [GEN_HELLO] = 12345};
    uint16_t port = kind == GEN_HTTP && gen_chance(rng, 2000) ? 8080 : ports[kind];
    *flow = (struct gen_flow){.state = GEN_SYN, .stamped = gen_chance(rng, STAMPED)};
    gen_path_init(&flow->path, rng, port);
    gen_talk_init(&flow->talk, rng, kind);
    for (unsigned i = 0; i < 2; i++) {
        flow->seq[i] = (uint32_t)gen_random(rng);
        flow->clock[i] = (uint32_t)gen_random(rng);
    }
}

/* What a segment says besides what follows from its flow. */
struct segment {
    unsigned from;
    uint8_t flags;
    uint16_t window;
    uint32_t seq, ack;
    uint32_t sack[2]; /* left and right edge; equal: none */
    uint32_t payload;
};

/* Options that every segment after the SYN has: the timestamps, aligned by two NOPs (RFC 7323). */
static uint32_t options_length(const struct gen_flow *flow)
{
    return flow->stamped ? 12 : 0;
}

/* The largest payload beside them: MSS does not count options (RFC 9293, section 3.7.1). */
static uint32_t segment_size(const struct gen_flow *flow)
{
    return (flow->path.v6 ? 1440 : 1460) - options_length(flow);
}

/* The ten bytes of the option, from the clock of this end and what the other end's showed last. */
static void put_timestamps(struct gen_flow *flow, uint8_t *b, unsigned from, bool first)
{
    uint32_t now = flow->clock[from] + flow->now;
    gen_put16(b, 0x080a);
    gen_put32(b + 2, now);
    gen_put32(b + 6, first ? 0 : flow->seen[from]);
    flow->seen[1 - from] = now;
}

/* MSS, SACK permitted, timestamps, window scale. */
static uint32_t put_syn_options(struct gen_flow *flow, uint8_t *b, const struct segment *s)
{
    gen_put16(b, 0x0204);
    gen_put16(b + 2, flow->path.v6 ? 1440 : 1460);
    uint32_t n = 4;
    gen_put16(b + n, flow->stamped ? 0x0402 : 0x0101);
    n += 2;
    if (flow->stamped) {
        put_timestamps(flow, b + n, s->from, (s->flags & ACK) == 0);
        n += 10;
    } else {
        gen_put16(b + n, 0x0402);
        n += 2;
    }
    gen_put32(b + n, 0x01030307);
    return n + 4;
}

static uint32_t put_options(struct gen_flow *flow, uint8_t *b, const struct segment *s)
{
    if (s->flags & SYN)
        return put_syn_options(flow, b, s);
    uint32_t n = options_length(flow);
    if (n != 0) {
        gen_put16(b, 0x0101);
        put_timestamps(flow, b + 2, s->from, false);
    }
    if (s->sack[0] != s->sack[1]) {
        gen_put32(b + n, 0x0101050a);
        gen_put32(b + n + 4, s->sack[0]);
        gen_put32(b + n + 8, s->sack[1]);
        n += 12;
    }
    return n;
}

/* The header before a payload that is there already, but for SYNs and SACKs, which have none;
 * returns the frame's length. */
static size_t put_tcp(struct gen_flow *flow, uint8_t *frame, const struct segment *s)
{
    uint8_t *b = frame + gen_l4_offset(&flow->path);
    uint32_t options = put_options(flow, b + 20, s);
    gen_put16(b, flow->path.end[s->from].port);
    gen_put16(b + 2, flow->path.end[1 - s->from].port);
    gen_put32(b + 4, s->seq);
    gen_put32(b + 8, s->ack);
    b[12] = (uint8_t)((20 + options) << 2);
    b[13] = s->flags;
    gen_put16(b + 14, s->window);
    gen_put16(b + 18, 0);
    return gen_finish(frame, &flow->path, s->from, 6, 20 + options + s->payload);
}

/* A segment of `from` as all goes well: it acknowledges everything. */
static struct segment usual(const struct gen_flow *flow, unsigned from, uint8_t flags)
{
    uint16_t window = (uint16_t)(501 + 512 * from);
    if (flags & (SYN | RST))
        window = flags & SYN ? 64240 : 0;
    return (struct segment){.from = from,
                            .flags = flags,
                            .window = window,
                            .seq = flow->seq[from],
                            .ack = flags & ACK ? flow->seq[1 - from] : 0};
}

static size_t put_control(struct gen_flow *flow, uint8_t *frame, unsigned from, uint8_t flags)
{
    const struct segment s = usual(flow, from, flags);
    if (flags & (SYN | FIN))
        flow->seq[from]++;
    return put_tcp(flow, frame, &s);
}

/* The segment at an offset of the message; pos is where seq stands. */
static size_t put_segment(struct gen_flow *flow, uint8_t *frame, uint32_t at, uint32_t len)
{
    const struct gen_message *message = &flow->message;
    uint8_t *payload = frame + gen_l4_offset(&flow->path) + 20 + options_length(flow);
    gen_message_copy(message, at, payload, len);
    bool end = at + len == message->head_len + message->body_len;
    struct segment s = usual(flow, message->from, end ? PSH | ACK : ACK);
    s.seq += at - flow->pos;
    s.payload = len;
    return put_tcp(flow, frame, &s);
}

static void advance(struct gen_flow *flow, uint32_t len)
{
    flow->pos += len;
    flow->seq[flow->message.from] += len;
}

/* The second of two that changed places; both are new to the receiver only now. */
static size_t late_segment(struct gen_flow *flow, uint8_t *frame)
{
    uint32_t size = segment_size(flow);
    size_t late = put_segment(flow, frame, flow->pos, size);
    advance(flow, 2 * size);
    flow->gap = false;
    flow->last = 0;
    flow->unacked += 2;
    return late;
}

/* By turns a new segment and the ACK it causes, which repeats what came before the lost segment and
 * adds the SACK block of all that came after it (RFC 2018); at last the lost segment again. */
static size_t next_of_loss(struct gen_flow *flow, uint8_t *frame)
{
    uint32_t size = segment_size(flow);
    uint32_t step = flow->loss_steps--;
    if (step == 1) {
        flow->unacked = SEGMENTS_PER_ACK;
        flow->last = 0;
        return put_segment(flow, frame, flow->lost, size);
    }
    if (step % 2 == 1) {
        size_t made = put_segment(flow, frame, flow->pos, size);
        advance(flow, size);
        return made;
    }
    struct segment s = usual(flow, 1 - flow->message.from, ACK);
    s.sack[1] = s.ack;
    s.ack -= flow->pos - flow->lost;
    s.sack[0] = s.ack + size;
    return put_tcp(flow, frame, &s);
}

static size_t new_segment(struct gen_flow *flow, struct gen_rng *rng, uint8_t *frame, uint32_t left)
{
    uint32_t size = segment_size(flow);
    if (left > 2 * size && gen_chance(rng, REORDER)) {
        flow->gap = true;
        flow->last = 0;
        return put_segment(flow, frame, flow->pos + size, size);
    }
    if (left > (LOSS_SEGMENTS + 1) * size && gen_chance(rng, LOSS)) {
        flow->lost = flow->pos;
        flow->loss_steps = LOSS_STEPS;
        advance(flow, size);
        return next_of_loss(flow, frame);
    }
    uint32_t len = left < size ? left : size;
    size_t made = put_segment(flow, frame, flow->pos, len);
    advance(flow, len);
    flow->last = len;
    flow->unacked++;
    return made;
}

/* After an ACK with window 0: a probe of one byte, its answer, and the open window. The byte is
 * sent again with what follows it. */
static size_t next_of_stall(struct gen_flow *flow, uint8_t *frame)
{
    uint32_t step = flow->stall_steps--;
    if (step == STALL_STEPS)
        return put_segment(flow, frame, flow->pos, 1);
    struct segment s = usual(flow, 1 - flow->message.from, ACK);
    if (step != 1)
        s.window = 0;
    return put_tcp(flow, frame, &s);
}

/* The receiver's ACK; now and then it says that its buffer is full, where more data is to come. */
static size_t put_ack(struct gen_flow *flow, struct gen_rng *rng, uint8_t *frame, bool more)
{
    struct segment s = usual(flow, 1 - flow->message.from, ACK);
    if (more && gen_chance(rng, STALL)) {
        s.window = 0;
        flow->stall_steps = STALL_STEPS;
    }
    flow->unacked = 0;
    flow->last = 0;
    return put_tcp(flow, frame, &s);
}

static size_t put_end(struct gen_flow *flow, struct gen_rng *rng, uint8_t *frame)
{
    if (gen_chance(rng, RESET)) {
        flow->state = GEN_CLOSED;
        return put_control(flow, frame, 0, RST | ACK);
    }
    flow->state = GEN_FIN_ACK;
    return put_control(flow, frame, 0, FIN | ACK);
}

/* Data, or the ACK that it is due, or the first packet of the end. */
static size_t next_data(struct gen_flow *flow, struct gen_rng *rng, uint8_t *frame)
{
    uint32_t left = flow->message.head_len + flow->message.body_len - flow->pos;
    if (flow->gap)
        return late_segment(flow, frame);
    if (flow->loss_steps)
        return next_of_loss(flow, frame);
    if (flow->stall_steps)
        return next_of_stall(flow, frame);
    if (flow->last && gen_chance(rng, AGAIN)) {
        uint32_t len = flow->last;
        flow->last = 0;
        return put_segment(flow, frame, flow->pos - len, len);
    }
    if (flow->unacked >= SEGMENTS_PER_ACK || (left == 0 && flow->unacked))
        return put_ack(flow, rng, frame, left != 0);
    if (left)
        return new_segment(flow, rng, frame, left);
    if (gen_talk_next(&flow->talk, rng, &flow->message)) {
        flow->pos = flow->last = 0;
        return new_segment(flow, rng, frame, flow->message.head_len + flow->message.body_len);
    }
    return put_end(flow, rng, frame);
}

size_t gen_flow_next(struct gen_flow *flow, struct gen_rng *rng, uint32_t now, uint8_t *frame)
{
    flow->now = now;
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
