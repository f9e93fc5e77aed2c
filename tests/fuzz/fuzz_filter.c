/*
 * Fuzzes filters: whatever the text, it compiles, or there is an error whose span lies in the text.
 * What compiles is put to packets, each dissected in two ways, and the answer is the same:
 *
 *     only what the filter asks for is put      everything is put
 *
 * and what the fixed headers alone tell of a packet agrees with both.
 */
#include <stdlib.h>
#include <string.h>

#include "filter/program.h"
#include "packets.h"

enum { PACKETS = sizeof packets / sizeof *packets };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once: slow, and the same for all inputs. */
struct fixture {
    lamna_registry *reg;
    lamna_names *names;
    struct arena arenas[PACKETS + 1];
    struct packet whole[PACKETS]; /* dissected with every field */
    struct packet packet;
};

static const struct frame_times times;

static lamna_packet_info info_of(unsigned i)
{
    return (lamna_packet_info){
        .number = i + 1,
        .time_ns = 1361916645706886000,
        .captured = packets[i].captured,
        .length = packets[i].length,
        .link_type = packets[i].link_type,
        .flags = LAMNA_PACKET_HAS_TIME,
        .data = (const uint8_t *)packets[i].bytes,
    };
}

static struct fixture *fixture_new(void)
{
    static lamna_packet_info infos[PACKETS];
    struct fixture *f = calloc(1, sizeof *f);
    if (f == NULL || (f->reg = lamna_registry_new(NULL)) == NULL)
        abort();
    f->names = lamna_names_new(NULL);
    if (f->names == NULL ||
        lamna_names_set(f->names, "$m", "$1 == $2 or $1[0] == $m(1,$2)", NULL) != LAMNA_OK ||
        lamna_names_set(f->names, "$b", "{$1 + \"$2\"}", NULL) != LAMNA_OK ||
        lamna_names_set(f->names, "s", "tcp.port == 80", NULL) != LAMNA_OK)
        abort();
    struct wanted *all = wanted_new(f->reg);
    if (all == NULL)
        abort();
    wanted_all(all, true);
    for (uint32_t i = 1; i < f->reg->field_count; i++) {
        if (lamna_field_at(f->reg, i)->on_request)
            wanted_add(all, i);
    }
    wanted_finish(all);
    for (unsigned i = 0; i < PACKETS; i++) {
        infos[i] = info_of(i);
        arena_init(&f->arenas[i], 1u << 20);
        packet_init(&f->whole[i], f->reg, &f->arenas[i]);
        packet_dissect(&f->whole[i], all, &infos[i], &times);
    }
    arena_init(&f->arenas[PACKETS], 1u << 20);
    packet_init(&f->packet, f->reg, &f->arenas[PACKETS]);
    return f; /* `all` stays, for `whole` refers to it */
}

static void check_match(struct fixture *f, const lamna_filter *filter)
{
    struct wanted *wanted = wanted_new(f->reg);
    struct buf text = {0};
    if (wanted == NULL)
        return;
    filter_want(filter, wanted);
    wanted_finish(wanted);
    for (unsigned i = 0; i < PACKETS; i++) {
        lamna_packet_info in = info_of(i);
        arena_reset(&f->arenas[PACKETS]);
        packet_dissect(&f->packet, wanted, &in, &times);
        bool match = filter_match(filter, &f->packet);
        if (match != filter_match(filter, &f->whole[i]))
            abort();
        enum verdict verdict = filter_verdict(filter, &in);
        if (verdict != VERDICT_PERHAPS && match != (verdict == VERDICT_YES))
            abort();
    }
    filter_explain(filter, wanted, &text);
    buf_free(&text);
    wanted_free(wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lamna_error err = {0};
    static struct fixture *f;
    if (f == NULL)
        f = fixture_new();
    char *text = malloc(size + 1);
    if (text != NULL) {
        memcpy(text, data, size);
        text[size] = '\0';
        size_t length = strlen(text);
        lamna_filter *filter = filter_new(f->reg, f->names, text, &err);
        if (filter != NULL)
            check_match(f, filter);
        else if (err.message[0] == '\0' || err.begin > err.end || err.end > length)
            abort();
        lamna_filter_free(filter);
    }
    free(text);
    return 0;
}
