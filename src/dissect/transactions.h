/*
 * transactions: the last requests of a flow, each with an identifier that its answer repeats. For flow_state().
 */
#ifndef DISSECT_TRANSACTIONS_H
#define DISSECT_TRANSACTIONS_H

#include "dissect/packet.h"

enum { TRANSACTIONS = 8, TRANSACTION_ID = 16 };

struct transaction {
    uint8_t id[TRANSACTION_ID]; /* shorter ones end in zeros */
    uint32_t packet, answer;    /* 0: none yet */
    int64_t time_ns;
};

struct transactions {
    struct transaction ring[TRANSACTIONS];
    uint32_t next;
};

/* The fields of who asks; answered_in must be marked FUTURE, and all of them FLOW. */
struct transaction_fields {
    unsigned answered_in;      /* in a request */
    unsigned request_in, time; /* in an answer */
};

static inline struct transaction *transaction_find(struct transactions *t, const uint8_t *id,
                                                   uint32_t n)
{
    for (uint32_t i = 0; i < TRANSACTIONS; i++) {
        if (t->ring[i].packet != 0 && memcmp(t->ring[i].id, id, n) == 0)
            return &t->ring[i];
    }
    return NULL;
}

static inline void transaction_request(struct packet *p, const struct cursor *c,
                                       struct transactions *t, const uint8_t *id, uint32_t n,
                                       unsigned answered_in)
{
    uint64_t answer;
    struct transaction *r = transaction_find(t, id, n);
    if (r == NULL) {
        r = &t->ring[t->next++ % TRANSACTIONS];
        *r = (struct transaction){.packet = (uint32_t)p->in->number, .time_ns = p->in->time_ns};
        memcpy(r->id, id, n);
    }
    if (told(p, r->packet, answered_in, &answer))
        put_uint(p, c, answered_in, c->pos, 0, answer);
}

static inline void transaction_answer(struct packet *p, const struct cursor *c,
                                      struct transactions *t, const uint8_t *id, uint32_t n,
                                      const struct transaction_fields *f)
{
    struct transaction *r = transaction_find(t, id, n);
    if (r == NULL)
        return;
    if (r->answer == 0)
        r->answer = (uint32_t)p->in->number;
    tell(p, r->packet, f->answered_in, r->answer);
    put_uint(p, c, f->request_in, c->pos, 0, r->packet);
    put_time(p, c, f->time, c->pos, 0, p->in->time_ns - r->time_ns);
}

/* Notes what is known of the other half of the exchange whose identifier has n bytes at `id`. */
static inline void put_transaction(struct packet *p, const struct cursor *c, bool request,
                                   const uint8_t *id, uint32_t n,
                                   const struct transaction_fields *f)
{
    struct transactions *t = p->quoted ? NULL : flow_state(p, sizeof *t);
    if (t == NULL)
        return;
    if (request)
        transaction_request(p, c, t, id, n, f->answered_in);
    else
        transaction_answer(p, c, t, id, n, f);
}

#endif
