/*
 * The states of both ends of a TCP connection (RFC 9293, section 3.3.2), as far as its segments tell, and
 * which step of its life each segment is.
 *
 * A segment that was captured is taken to have arrived: the state that it leads its receiver to is told at
 * once. That proves wrong in one case, and is put right there: an end that sends its FIN without
 * acknowledging the other's had not seen it.
 *
 *     CLOSED --SYN--> SYN_SENT ---.                 .--FIN--> FIN_WAIT_1 --ACK--> FIN_WAIT_2 --FIN--.
 *                                 +-> ESTABLISHED --+             '--FIN--> CLOSING --ACK-----------+-> TIME_WAIT
 *     LISTEN --SYN--> SYN_RCVD ---'                 '--FIN--> CLOSE_WAIT --FIN--> LAST_ACK --ACK--> CLOSED
 */
#include <string.h>

#include "flow/tcp.h"

/* ---- States ---------------------------------------------------------------------------------- */

static enum tcp_step move_syn(struct tcp_states *t, const struct segment *s, unsigned from)
{
    uint8_t *mine = &t->state[from], *theirs = &t->state[!from];
    if (s->flags & TCP_ACK) {
        if (*mine == TCP_LISTEN || *mine == TCP_CLOSED)
            *mine = TCP_SYN_RCVD;
        if (*theirs == TCP_SYN_SENT || *theirs == TCP_SYN_RCVD || *theirs == TCP_CLOSED)
            *theirs = TCP_ESTABLISHED;
        return t->both_opened_at_once ? STEP_BOTH_SYN_ACK : STEP_SYN_ACK;
    }
    if (from == TCP_ANSWERER && *theirs == TCP_SYN_SENT) { /* RFC 9293, figure 7 */
        *mine = *theirs = TCP_SYN_RCVD;
        t->both_opened_at_once = true;
        return STEP_BOTH_SYN;
    }
    if (*mine == TCP_CLOSED)
        *mine = TCP_SYN_SENT;
    if (*theirs == TCP_LISTEN)
        *theirs = TCP_SYN_RCVD;
    return STEP_SYN;
}

/* A FIN arrives. */
static uint8_t after_their_fin(uint8_t state)
{
    return state == TCP_FIN_WAIT_1                             ? TCP_CLOSING
           : state == TCP_FIN_WAIT_2                           ? TCP_TIME_WAIT
           : state == TCP_ESTABLISHED || state == TCP_SYN_RCVD ? TCP_CLOSE_WAIT
                                                               : state;
}

/* Its own FIN is acknowledged. */
static uint8_t after_fin_ack(uint8_t state)
{
    return state == TCP_FIN_WAIT_1 ? TCP_FIN_WAIT_2
           : state == TCP_CLOSING  ? TCP_TIME_WAIT
           : state == TCP_LAST_ACK ? TCP_CLOSED
                                   : state;
}

static enum tcp_step move_fin(struct tcp_states *t, const struct segment *s, unsigned from,
                              enum tcp_step acked)
{
    uint8_t *mine = &t->state[from], *theirs = &t->state[!from];
    bool again = end_is(t, from, FIN_SENT), second = end_is(t, !from, FIN_SENT);
    bool blind = second && (s->flags & TCP_ACK) != 0 && seq_lt(s->ack, t->fin_end[!from]);
    enum tcp_step as_before = t->fin_step[from];
    if (again)
        return as_before;
    end_becomes(t, from, FIN_SENT);
    t->fin_end[from] = seq_end(s->seq, s->length, s->flags);
    if (blind)
        *mine = TCP_FIN_WAIT_1;
    else if (*mine == TCP_CLOSE_WAIT)
        *mine = TCP_LAST_ACK;
    else if (*mine == TCP_ESTABLISHED || *mine == TCP_SYN_RCVD || *mine == TCP_SYN_SENT)
        *mine = TCP_FIN_WAIT_1;
    *theirs = after_their_fin(*theirs);
    if (blind)
        *mine = TCP_CLOSING;
    t->both_closed_at_once |= blind;
    t->fin_step[from] = blind                         ? STEP_BOTH_FIN
                        : acked == STEP_FIRST_FIN_ACK ? STEP_SECOND_FIN_WITH_ACK
                        : second                      ? STEP_SECOND_FIN
                                                      : STEP_FIRST_FIN;
    return t->fin_step[from];
}

/* Is this the first time that this end acknowledges so much? */
static bool ack_advances(struct tcp_states *t, const struct segment *s, unsigned from)
{
    if ((s->flags & TCP_ACK) == 0 || (end_is(t, from, ACK_KNOWN) && seq_le(s->ack, t->ack[from])))
        return false;
    end_becomes(t, from, ACK_KNOWN);
    t->ack[from] = s->ack;
    return true;
}

static enum tcp_step move_ack(struct tcp_states *t, const struct segment *s, unsigned from,
                              bool advances)
{
    unsigned to = !from;
    enum tcp_step step = advances ? STEP_DATA_ACK : STEP_OTHER;
    if (t->state[to] == TCP_SYN_RCVD) {
        t->state[to] = TCP_ESTABLISHED;
        return STEP_HANDSHAKE_ACK;
    }
    if (!end_is(t, to, FIN_SENT) || end_is(t, to, FIN_ACKED) || seq_lt(s->ack, t->fin_end[to]))
        return step;
    end_becomes(t, to, FIN_ACKED);
    t->state[to] = after_fin_ack(t->state[to]);
    return t->both_closed_at_once ? STEP_BOTH_FIN_ACK
           : end_is(t, from, FIN_SENT) ? STEP_SECOND_FIN_ACK
                                  : STEP_FIRST_FIN_ACK;
}

static bool is_over(const struct tcp_states *t)
{
    return (t->state[0] == TCP_CLOSED || t->state[0] == TCP_TIME_WAIT) &&
           (t->state[1] == TCP_CLOSED || t->state[1] == TCP_TIME_WAIT);
}

static enum tcp_step move_reset(struct tcp_states *t, unsigned from)
{
    bool refused = from == TCP_ANSWERER && t->state[TCP_OPENER] == TCP_SYN_SENT;
    bool late = is_over(t);
    t->state[0] = t->state[1] = TCP_CLOSED;
    return refused ? STEP_REFUSED : late ? STEP_RESET_AFTER_CLOSE : STEP_RESET;
}

/* Before the first segment. Without a SYN the connection was there before the capture. */
static void states_begin(struct tcp_states *t, const struct segment *s, unsigned direction)
{
    bool syn = (s->flags & TCP_SYN) != 0, answer = syn && (s->flags & TCP_ACK) != 0;
    t->begun = true;
    t->opener = answer ? !direction : direction;
    t->state[TCP_OPENER] = answer ? TCP_SYN_SENT : syn ? TCP_CLOSED : TCP_ESTABLISHED;
    t->state[TCP_ANSWERER] = answer ? TCP_SYN_RCVD : syn ? TCP_LISTEN : TCP_ESTABLISHED;
}

static enum tcp_step states_move(struct tcp_states *t, const struct segment *s, unsigned from)
{
    if (s->flags & TCP_RST)
        return move_reset(t, from);
    bool advances = ack_advances(t, s, from), over = is_over(t);
    if (s->flags & TCP_SYN)
        return move_syn(t, s, from);
    enum tcp_step acked = s->flags & TCP_ACK ? move_ack(t, s, from, advances) : STEP_OTHER,
                  step = acked;
    if (s->length > 0)
        step = over ? STEP_LATE_DATA : end_is(t, !from, FIN_SENT) ? STEP_HALF_CLOSED_DATA : STEP_DATA;
    return s->flags & TCP_FIN ? move_fin(t, s, from, acked) : step;
}

void states_run(struct flow *flow, const struct segment *s, unsigned direction,
                struct flow_facts *f)
{
    struct tcp_states *t = &flow->states;
    bool first = !t->begun;
    if (first)
        states_begin(t, s, direction);
    unsigned from = direction == t->opener ? TCP_OPENER : TCP_ANSWERER;
    f->from_answerer = from == TCP_ANSWERER;
    memcpy(f->states_before, t->state, sizeof t->state);
    if (first && (s->flags & TCP_SYN) == 0)
        f->states_before[0] = f->states_before[1] = TCP_UNKNOWN;
    f->step = (uint8_t)states_move(t, s, from);
    memcpy(f->states, t->state, sizeof t->state);
}
