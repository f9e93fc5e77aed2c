/*
 * Fuzzes dissection: the engine, every protocol, and the formatting of what they find.
 *
 *     input -> link type (2 bytes, big-endian), packet -> items -> value, JSON and label of each
 *
 * Everything is asked for, so every line of a dissector is reached. Each packet is dissected a second
 * time as if the capture had cut it in half.
 */
#include <stdint.h>
#include <stdlib.h>

#include "dissect/format.h"
#include "dissect/packet.h"
#include "lamna.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once: the same for all inputs. */
struct fixture {
    lamna_registry *reg;
    struct wanted *wanted;
    struct arena arena;
    struct packet packet;
    struct buf text;
};

static struct fixture *fixture_new(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (f == NULL)
        abort();
    f->reg = lamna_registry_new(NULL);
    f->wanted = f->reg == NULL ? NULL : wanted_new(f->reg);
    if (f->wanted == NULL)
        abort();
    wanted_all(f->wanted, true);
    f->wanted->columns = true;
    wanted_finish(f->wanted);
    arena_init(&f->arena, 16u << 20);
    packet_init(&f->packet, f->reg, &f->arena);
    f->packet.options.verify_checksums = true;
    return f;
}

/* Document order. (An item's bytes may be more than were captured: sinks take those that are there.) */
static void check_item(const struct packet *p, uint32_t i)
{
    const lamna_item *item = &p->items[i];
    if (item->end <= i || item->end > p->count || item->layer >= p->layer_count)
        abort();
}

static void dissect_and_format(struct fixture *f, const lamna_packet_info *in)
{
    static const struct frame_times times;
    struct packet *p = &f->packet;
    arena_reset(&f->arena);
    packet_dissect(p, f->wanted, in, &times);
    for (uint32_t i = 0; i < p->count; i++) {
        check_item(p, i);
        buf_clear(&f->text);
        if (p->items[i].field != FIELD_TEXT) {
            format_value(&f->text, p, i);
            format_json(&f->text, p, i);
        }
        format_label(&f->text, p, i);
    }
    format_address(&f->text, &p->column_src);
    format_address(&f->text, &p->column_dst);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fixture *f;
    if (f == NULL)
        f = fixture_new();
    if (size < 2)
        return 0;
    lamna_packet_info in = {
        .number = 1,
        .time_ns = 1361916645706886000,
        .captured = (uint32_t)(size - 2),
        .length = (uint32_t)(size - 2),
        .link_type = (uint16_t)(data[0] << 8 | data[1]),
        .flags = LAMNA_PACKET_HAS_TIME,
        .data = data + 2,
    };
    dissect_and_format(f, &in);
    in.captured /= 2;
    dissect_and_format(f, &in);
    return 0;
}
