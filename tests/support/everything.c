#include "everything.h"

#include <stdlib.h>

#include "dissect/format.h"
#include "dissect/json.h"
#include "dissect/packet.h"

struct everything {
    lamna_registry *reg;
    struct wanted *wanted;
    struct arena arena;
    struct packet packet;
    struct buf text;
};

struct everything *everything_new(void)
{
    struct everything *e = calloc(1, sizeof *e);
    if (e == NULL)
        abort();
    e->reg = lamna_registry_new(NULL);
    e->wanted = e->reg == NULL ? NULL : wanted_new(e->reg);
    if (e->wanted == NULL)
        abort();
    wanted_all(e->wanted, true);
    e->wanted->columns = true;
    wanted_finish(e->wanted);
    arena_init(&e->arena, 16u << 20);
    packet_init(&e->packet, e->reg, &e->arena);
    e->packet.options.verify_checksums = true;
    return e;
}

void everything_free(struct everything *e)
{
    buf_free(&e->text);
    packet_free(&e->packet);
    arena_free(&e->arena);
    wanted_free(e->wanted);
    lamna_registry_free(e->reg);
    free(e);
}

/* Document order. (An item's bytes may be more than were captured: sinks take those that are
 * there.) */
static void check_item(const struct packet *p, uint32_t i)
{
    const lamna_item *item = &p->items[i];
    if (item->end <= i || item->end > p->count || item->layer >= p->layer_count)
        abort();
}

void everything_dissect(struct everything *e, const lamna_packet_info *in)
{
    static const struct frame_times times;
    struct packet *p = &e->packet;
    arena_reset(&e->arena);
    packet_dissect(p, e->wanted, in, &times);
    for (uint32_t i = 0; i < p->count; i++) {
        check_item(p, i);
        buf_clear(&e->text);
        if (p->items[i].field != FIELD_TEXT) {
            format_value(&e->text, p, i);
            json_value(&e->text, p, i);
        }
        format_label(&e->text, p, i);
    }
    format_address(&e->text, &p->column_src);
    format_address(&e->text, &p->column_dst);
}
