#include "dissect/exchange.h"

/* Requests of one sender with one identifier that have no reply yet. When there are too many, the
 * oldest is forgotten. */
enum { WAITING = 16 };

struct waiting {
    uint64_t packet; /* 0: none */
    int64_t time_ns;
    uint16_t seq, likeness;
};

struct exchanges {
    struct waiting waiting[WAITING];
    uint32_t next; /* where the oldest is */
};

static struct waiting *find(struct exchanges *all, const struct exchange *e)
{
    for (unsigned i = 0; i < WAITING; i++) {
        struct waiting *w = &all->waiting[i];
        if (w->packet != 0 && w->seq == e->seq && w->likeness == e->likeness)
            return w;
    }
    return NULL;
}

static void put_request(struct packet *p, struct cursor *c, const struct exchange *e,
                        const struct exchange_fields *f, struct exchanges *all)
{
    uint64_t packet = p->in->number, reply = 0, none = 0;
    struct waiting *w = find(all, e);
    if (w == NULL)
        w = &all->waiting[all->next++ % WAITING];
    *w = (struct waiting){packet, p->in->time_ns, e->seq, e->likeness};
    tell(p, packet, f->no_resp, 1);
    if (told(p, packet, f->resp_in, &reply)) {
        put_uint(p, c, f->resp_in, c->pos, 0, reply);
    } else if (told(p, packet, f->no_resp, &none) && none != 0) {
        put_mark(p, c, f->no_resp);
        uint32_t tree = tree_begin(p, f->no_resp);
        put_mark(p, c, f->not_found);
        tree_end(p, tree);
    }
}

static void put_reply(struct packet *p, struct cursor *c, const struct exchange *e,
                      const struct exchange_fields *f, struct exchanges *all)
{
    struct waiting *w = find(all, e);
    if (w == NULL)
        return;
    put_uint(p, c, f->resp_to, c->pos, 0, w->packet);
    put_double(p, c, f->resp_time, c->pos, 0, (double)(p->in->time_ns - w->time_ns) / 1e6);
    tell(p, w->packet, f->resp_in, p->in->number);
    tell(p, w->packet, f->no_resp, 0);
    w->packet = 0;
}

void put_exchange(struct packet *p, struct cursor *c, const struct exchange *e,
                  const struct exchange_fields *fields)
{
    if (!p->wanted->flows || p->quoted || c->fault != CURSOR_OK)
        return;
    struct segment s = {.ip_version = p->net.version,
                        .protocol = e->protocol,
                        .src = p->net.src,
                        .dst = p->net.dst,
                        .src_port = e->ident,
                        .dst_port = e->ident,
                        .window_shift = -1,
                        .packet = p->in->number,
                        .time_ns = p->in->time_ns};
    flow_ask(p, &s, NO_TABLE);
    struct exchanges *all = flow_state(p, sizeof *all);
    p->in_flow = false; /* what the message carries has no flow */
    if (all == NULL)
        return;
    if (e->request)
        put_request(p, c, e, fields, all);
    else
        put_reply(p, c, e, fields, all);
}
