/*
 * story: the report "steps" in words, in the language that was set: what each step means, what it adds, and how
 * the connection ended. The text, the diagram and the page all take their sentences from here.
 */
#ifndef CLI_STORY_H
#define CLI_STORY_H

#include "cli/cli.h"

/* The columns of the report, in its order. */
enum step_column {
    STEP_STREAM,
    STEP_PACKET,
    STEP_TIME,
    STEP_FROM,
    STEP_FLAGS,
    STEP_SEQ,
    STEP_ACK,
    STEP_LENGTH,
    STEP_WINDOW,
    STEP_STEP,
    STEP_NOTE,
    STEP_CLIENT_BEFORE,
    STEP_CLIENT_AFTER,
    STEP_SERVER_BEFORE,
    STEP_SERVER_AFTER,
    STEP_ACKS_PACKET,
    STEP_FOLDED,
    STEP_FOLDED_BYTES,
    STEP_PAYLOAD,
    STEP_CLIENT,
    STEP_CLIENT_PORT,
    STEP_SERVER,
    STEP_SERVER_PORT,
    STEP_PHASE,
    STEP_EXCHANGE,
    STEP_PAUSE,
    STEP_ACKS_AFTER,
    STEP_RESENDS_PACKET,
    STEP_RESENDS_AFTER,
    STEP_AMBIGUOUS,
    STEP_DUPLICATES,
    STEP_FOLDED_UNTIL,
    STEP_ENDING,
    STEP_CLOSED_BY,
    STEP_CLIENT_BYTES,
    STEP_CLIENT_RESENT,
    STEP_SERVER_BYTES,
    STEP_SERVER_RESENT
};

/* Rows [from, to) of a report: one connection. */
struct steps {
    const lamna_report *r;
    size_t from, to;
};

enum { STORY_LINES = 8, STORY_LINE = 512 };

struct story {
    unsigned count;
    char line[STORY_LINES][STORY_LINE];
};

/* The first connection of a report, and the one after `s`. False: there is none. */
bool steps_first(struct steps *s, const lamna_report *r);
bool steps_next(struct steps *s);
/* The connection that the row belongs to. */
struct steps steps_around(const lamna_report *r, size_t row);

/* Cells. A number that is not known is 0. */
const char *step_text(const struct steps *s, size_t row, enum step_column column);
uint64_t step_number(const struct steps *s, size_t row, enum step_column column);
int64_t step_time(const struct steps *s, size_t row, enum step_column column);
bool step_from_server(const struct steps *s, size_t row);

/* "[SYN,ACK] Seq=0 Ack=1 Len=5" */
void story_arrow(char *text, size_t size, const struct steps *s, size_t row);
/* "192.0.2.1 port 80" */
void story_socket(char *text, size_t size, const struct steps *s, bool server);
/* Up to STEP_PAYLOAD's bytes as text, dots for what is not printable; `ascii`: and for all beyond ASCII.
 * Returns how many bytes there are. */
size_t story_payload(char *text, size_t size, const struct steps *s, size_t row, bool ascii);

/* What the step is, and what is unusual about it: a line each. */
void story_step(struct story *story, const struct steps *s, size_t row);
/* What it adds: what it acknowledges, repeats and offers; a line each. */
void story_details(struct story *story, const struct steps *s, size_t row);
/* "... and 7 more segments like these"; none if there are none. */
void story_folded(struct story *story, const struct steps *s, size_t row);
/* What begins with this step: a phase, or the end of a silence. */
void story_phase(struct story *story, const struct steps *s, size_t row);
/* How the connection ended, and what it carried. */
void story_end(struct story *story, const struct steps *s);
/* What is unusual about the step, in a word or two; "" if nothing is. */
const char *story_mark(const struct steps *s, size_t row);

#endif
