/* stages: what is done to a batch of packets, in the order of parallel.h; who calls them sees to the turns. */
#ifndef QUERY_STAGES_H
#define QUERY_STAGES_H

#include <pthread.h>
#include <stdatomic.h>

#include "capture/batch.h"
#include "query/segments.h"

enum mode { ALONE, WALK, ONE };

/* A packet of the batch that matches, and what was said of its flows. */
struct hit {
    uint32_t packet; /* its index in the batch */
    struct log_mark begin, end;
};

/* A batch, and what is made of it. */
struct load {
    struct batch batch;
    struct segment_ahead *ahead; /* owned; of each packet, where flows are asked */
    struct hit *hits;            /* owned; as many as the batch has packets */
    uint32_t ahead_room, hit_count, hit_room;
    uint64_t matched;         /* packets of the batch */
    struct frame_times times; /* as they were before the batch */
    struct flow_log log;
    struct message *spent; /* what the log points into */
    struct buf secrets;    /* that stand in the source right before the batch */
    bool fragments;        /* ALONE: the batch needs the other packets */
    bool failed;           /* there was no memory for the work */
    lamna_text out;
};

struct crew;

/* A thread, and what it dissects with. */
struct worker {
    struct crew *crew;
    pthread_t thread;
    unsigned number;
    struct load *load;    /* ALONE: that it carries */
    lamna_filter *filter; /* owned: patterns have memory to match with; or NULL */
    struct arena arena;
    struct lamna_packet packet;
    struct player player;
};

/* What they share. */
struct crew {
    lamna_run *run;
    const lamna_work *work;
    enum mode mode;
    const struct routes *routes; /* to know flows ahead; or NULL */
    /* Of who cuts: */
    size_t secrets; /* bytes of the source's that were taken */
    struct frame_times times;
    /* Of who answers in turn: */
    int64_t displayed_ns; /* when the last packet that matched came */
    /* Of who prints: */
    uint64_t matched;
    lamna_status status; /* of the first batch that did not end well */
    lamna_error error;
    atomic_bool ended; /* nobody takes another batch */
};

void load_init(struct load *l);
void load_free(struct load *l);
/* What was made of the batch is forgotten. */
void load_clear(struct load *l);
bool worker_init(struct worker *w, struct crew *crew, unsigned number);
void worker_free(struct worker *w);

/* In turn. The bytes of the batch were read (batch_read()). */
void stage_cut(struct crew *crew, struct load *l);
/* ALONE: each packet for itself, at any time. l->fragments: that cannot be, and answer_as_one() must follow. */
void answer_alone(struct worker *w, struct load *l);
/* Before what follows, in turn, too: what the source says before the batch. */
void answer_begin(struct crew *crew, struct load *l);
/* WALK, in turn: every packet is dissected as the filter needs it and the flows do. */
void walk(struct crew *crew, struct load *l);
/* WALK, at any time after walk(): the packets found are dissected as the query wants them. */
void show(struct worker *w, struct load *l);
/* In turn, as a single thread does. */
void answer_as_one(struct worker *w, struct load *l);
/* In turn. */
void stage_print(struct crew *crew, struct load *l);

#endif
