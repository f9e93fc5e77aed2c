#include "dissect/fragment.h"

static void put_fragment(struct packet *p, const struct cursor *whole,
                         const struct fragment_fields *f, const struct stream_part *part,
                         uint8_t marks)
{
    unsigned field = (marks & ~FRAGMENT_OVERLAPS) != 0 ? f->error : f->fragment;
    put_uint(p, whole, field, part->offset, part->length, part->packet);
    label(p, field, "Frame: %llu, payload: %u-%u (%u bytes)", (unsigned long long)part->packet,
          part->offset, part->offset + part->length - 1, part->length);
    uint32_t tree = marks != 0 ? tree_begin(p, field) : NO_ITEM;
    for (unsigned i = 0; marks >> i != 0; i++) {
        if (marks >> i & 1)
            put_uint(p, whole, f->error + 1 + i, part->offset, part->length, 1);
    }
    tree_end(p, tree);
}

void fragments_put(struct packet *p, const struct cursor *whole, const struct fragment_fields *f,
                   const struct stream_piece *piece)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < piece->part_count; i++)
        count += !f->filled || piece->parts[i].length > 0;
    if (registry_def(p->reg, p->fields + f->fragments)->type == LAMNA_NONE)
        put_mark(p, whole, f->fragments);
    else
        put_data(p, whole, f->fragments, 0, piece->length, piece->data, piece->length);
    label(p, f->fragments, "%u %s (%u bytes)", count, f->name, piece->length);
    uint32_t tree = tree_begin(p, f->fragments);
    for (uint32_t i = 0; i < piece->part_count; i++) {
        const struct stream_part *part = &piece->parts[i];
        if (f->filled && part->length == 0)
            continue;
        put_fragment(p, whole, f, part,
                     f->error == 0 || piece->marks == NULL ? 0 : piece->marks[i]);
        if (f->reassembled_in != NO_FRAGMENT_FIELD && (f->itself || part->packet != p->in->number))
            tell(p, part->packet, f->reassembled_in, p->in->number);
    }
    put_uint(p, whole, f->count, 0, 0, count);
    if (f->length != NO_FRAGMENT_FIELD)
        put_uint(p, whole, f->length, 0, 0, piece->length);
    if (f->data != NO_FRAGMENT_FIELD)
        put_data(p, whole, f->data, 0, piece->length, piece->data, piece->length);
    tree_end(p, tree);
}

bool fragment_reassemble(struct packet *p, struct cursor *c, const struct fragment_key *key,
                         const struct fragment_fields *fields, struct cursor *whole)
{
    struct stream_piece piece = {.kind = STREAM_NEW};
    const struct fragment f = {.ip_version = p->net.version,
                               .protocol = p->net.protocol,
                               .src = p->net.src,
                               .dst = p->net.dst,
                               .of = p->proto,
                               .id = key->id,
                               .offset = key->offset,
                               .more = key->more,
                               .total = key->total,
                               .bytes = c->data + c->pos,
                               .length = cursor_captured(c),
                               .packet = p->in->number};
    if (p->flow.fragment != NULL && c->cap == c->end && !p->quoted)
        p->flow.fragment(p->flow.flows, &f, &piece);
    if (piece.kind == STREAM_WHOLE) {
        *whole = cursor_over(p, fields->source, piece.data, piece.length);
        fragments_put(p, whole, fields, &piece);
        return true;
    }
    uint64_t in;
    if (fields->reassembled_in != NO_FRAGMENT_FIELD &&
        told(p, p->in->number, fields->reassembled_in, &in))
        put_uint(p, c, fields->reassembled_in, c->pos, 0, in);
    return false;
}
