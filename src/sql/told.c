#include "sql/told.h"

#include <stdlib.h>
#include <string.h>

#include "sql/roles.h"

/* What a set tells of a column. */
enum cell {
    CELL_DOUBT,
    CELL_NONE,  /* NULL */
    CELL_VALUE, /* as the index has it */
    CELL_UDP,   /* the payload: that, without UDP's header */
    CELL_FALSE,
    CELL_TRUE
};

/* More packets in doubt than one of so many, and the capture is read as ever. */
enum { WORTH_READING = 4, FLAG_SETS = 1 << TCP_FLAGS, FLAG_BYTES = 48 };

struct told {
    const struct scan *scan;
    lamna_index *index;
    const char *interface; /* of all packets; or NULL */
    lamna_source *opened;  /* owned: whose it is; or NULL */
    struct told_column {
        enum column_id id; /* a field of the frame is as the column that is always there */
        lamna_index_column from;
        bool is_text;
    } * columns;         /* owned */
    uint8_t *cells;      /* owned: enum cell, by set and column */
    uint8_t *doubts;     /* owned: by set */
    uint8_t *transports; /* owned: by set: the place in role_fields, or ROLE_FIELDS */
    uint32_t sets;
    uint8_t *analysis; /* owned: by field: is it one? */
    uint64_t *bits;    /* owned: packets in doubt */
    uint64_t doubtful;
    unsigned needed;                       /* bits by lamna_index_column */
    uint64_t *values[LAMNA_INDEX_COLUMNS]; /* owned: of the block */
    uint64_t block, first;
    lamna_text *text;
    struct told_text {
        uint32_t at, length;
    } * addresses; /* owned: by number; in `text` */
    uint32_t address_count;
    char (
        *flags)[FLAG_BYTES]; /* owned: names of flags, by their bits; "" is not made yet, or none */
};

/* ---- Columns ---------------------------------------------------------------------------------- */

static enum column_id id_of(const struct column *c)
{
    static const struct {
        const char *field;
        enum column_id id;
    } same[] = {{"frame.number", COLUMN_NUMBER},
                {"frame.len", COLUMN_LENGTH},
                {"frame.cap_len", COLUMN_CAPTURED}};
    for (size_t i = 0; i < sizeof same / sizeof *same && c->field != NULL && !c->list; i++) {
        if (strcmp(same[i].field, c->field->name) == 0)
            return same[i].id;
    }
    return c->id;
}

static lamna_index_column from_of(enum column_id id, const struct column *c)
{
    static const lamna_index_column from[COLUMNS_FIXED] = {
        [COLUMN_TIME] = LAMNA_INDEX_TIME,
        [COLUMN_LENGTH] = LAMNA_INDEX_LENGTH,
        [COLUMN_CAPTURED] = LAMNA_INDEX_CAPTURED,
        [COLUMN_SOURCE] = LAMNA_INDEX_SRC_ADDRESS,
        [COLUMN_DESTINATION] = LAMNA_INDEX_DST_ADDRESS,
        [COLUMN_SOURCE_PORT] = LAMNA_INDEX_SRC_PORT,
        [COLUMN_DESTINATION_PORT] = LAMNA_INDEX_DST_PORT,
        [COLUMN_STREAM] = LAMNA_INDEX_STREAM,
        [COLUMN_PAYLOAD] = LAMNA_INDEX_PAYLOAD,
        [COLUMN_FLAGS] = LAMNA_INDEX_TCP_FLAGS,
    };
    if (id == COLUMN_FIELD)
        return lamna_index_column_of(c->field);
    return from[id]; /* of the others: the set, which is needed anyway */
}

/* Of these an index tells nothing. */
static bool is_beyond(enum column_id id)
{
    return id == COLUMN_PROTOCOL || id == COLUMN_INFO || id == COLUMN_LINK_TYPE ||
           id == COLUMN_OFFSET || id == COLUMN_DATA;
}

static bool make_columns(struct told *t)
{
    t->columns = calloc(t->scan->column_count + 1u, sizeof *t->columns);
    t->needed = 1u << LAMNA_INDEX_SET;
    if (t->columns == NULL)
        return false;
    for (uint32_t i = 0; i < t->scan->column_count; i++) {
        const struct column *c = t->scan->columns[i];
        struct told_column *to = &t->columns[i];
        to->id = id_of(c);
        if (is_beyond(to->id))
            return false;
        to->from = from_of(to->id, c);
        to->is_text = to->from == LAMNA_INDEX_SRC_ADDRESS || to->from == LAMNA_INDEX_DST_ADDRESS;
        if (to->from < LAMNA_INDEX_COLUMNS)
            t->needed |= 1u << to->from;
    }
    return true;
}

/* ---- Sets ------------------------------------------------------------------------------------- */

/* A set while it is judged. */
struct judged {
    const lamna_registry *reg;
    const uint8_t *has; /* by field */
    uint32_t told;
    uint8_t transport;   /* as in struct told */
    unsigned transports; /* of different kinds */
    bool analysed;       /* has it a mark of the analysis? */
};

static bool has_role(const struct judged *j, size_t place)
{
    const lamna_field *field = lamna_field_find(j->reg, role_fields[place].field);
    return field != NULL && j->has[field->number] != 0;
}

static void find_transport(struct judged *j)
{
    j->transport = ROLE_FIELDS;
    j->transports = 0;
    for (size_t i = 0; i < ROLE_FIELDS; i++) {
        if (role_fields[i].transport == NULL || !has_role(j, i))
            continue;
        j->transport = (uint8_t)i;
        j->transports++;
    }
}

static bool is_told(const struct judged *j, lamna_index_column column)
{
    return column != LAMNA_INDEX_COLUMNS && (j->told >> column & 1) != 0;
}

/* The value of a role, where the packet has one transport at most, and the field that has it once. */
static enum cell cell_of_role(const struct judged *j, enum role role)
{
    for (size_t i = 0; i < ROLE_FIELDS; i++) {
        if (role_fields[i].role != role || !has_role(j, i))
            continue;
        const lamna_field *field = lamna_field_find(j->reg, role_fields[i].field);
        return is_told(j, lamna_index_column_of(field)) ? CELL_VALUE : CELL_DOUBT;
    }
    return CELL_NONE;
}

static enum cell cell_of_payload(const struct judged *j)
{
    enum cell cell = cell_of_role(j, ROLE_TCP_PAYLOAD);
    if (cell != CELL_NONE)
        return cell;
    cell = cell_of_role(j, ROLE_UDP_LENGTH);
    return cell == CELL_VALUE ? CELL_UDP : cell;
}

static enum cell cell_of_field(const struct judged *j, const struct column *c)
{
    bool has = j->has[c->field->number] != 0;
    if (!lamna_index_knows(j->reg, c->field))
        return CELL_DOUBT;
    if (column_is_mark(c))
        return has ? CELL_TRUE : CELL_FALSE;
    if (!has)
        return CELL_NONE;
    return is_told(j, lamna_index_column_of(c->field)) ? CELL_VALUE : CELL_DOUBT;
}

static enum cell cell_of(const struct judged *j, enum column_id id, const struct column *c)
{
    switch (id) {
    case COLUMN_FIELD:
        return cell_of_field(j, c);
    case COLUMN_ANALYSIS:
        return j->analysed ? CELL_VALUE : CELL_NONE;
    default:
        break;
    }
    if (roles_of(id) == 0)
        return CELL_VALUE;
    if (j->transports > 1)
        return CELL_DOUBT;
    switch (id) {
    case COLUMN_SOURCE:
        return cell_of_role(j, ROLE_SOURCE);
    case COLUMN_DESTINATION:
        return cell_of_role(j, ROLE_DESTINATION);
    case COLUMN_SOURCE_PORT:
        return cell_of_role(j, ROLE_SOURCE_PORT);
    case COLUMN_DESTINATION_PORT:
        return cell_of_role(j, ROLE_DESTINATION_PORT);
    case COLUMN_STREAM:
        return cell_of_role(j, ROLE_STREAM);
    case COLUMN_FLAGS:
        return cell_of_role(j, ROLE_FLAGS);
    case COLUMN_PAYLOAD:
        return cell_of_payload(j);
    default: /* transport */
        return j->transports == 1 ? CELL_VALUE : CELL_NONE;
    }
}

static void judge_set(struct told *t, uint32_t set, struct judged *j, const uint32_t *fields,
                      size_t count)
{
    j->analysed = false;
    for (size_t i = 0; i < count; i++)
        j->analysed |= t->analysis[fields[i]] != 0;
    find_transport(j);
    t->transports[set] = j->transport;
    for (uint32_t c = 0; c < t->scan->column_count; c++) {
        enum cell cell = cell_of(j, t->columns[c].id, t->scan->columns[c]);
        t->cells[(size_t)set * t->scan->column_count + c] = (uint8_t)cell;
        t->doubts[set] |= cell == CELL_DOUBT;
    }
}

/* Of packets without a set, only what every packet has is known. */
static void judge_none(struct told *t)
{
    for (uint32_t c = 0; c < t->scan->column_count; c++) {
        enum column_id id = t->columns[c].id;
        bool common = id != COLUMN_FIELD && id != COLUMN_ANALYSIS && roles_of(id) == 0;
        t->cells[c] = common ? CELL_VALUE : CELL_DOUBT;
        t->doubts[0] |= !common;
    }
}

static bool judge_sets(struct told *t)
{
    struct judged j = {.reg = t->scan->binding->session->options->reg};
    size_t fields = lamna_field_count(j.reg), count;
    t->sets = lamna_index_sets(t->index);
    uint8_t *has = calloc(fields + 1, 1);
    t->analysis = calloc(fields + 1, 1);
    t->cells = calloc(t->sets + 1u, t->scan->column_count + 1u);
    t->doubts = calloc(t->sets + 1u, 1);
    t->transports = calloc(t->sets + 1u, 1);
    bool ok = has != NULL && t->analysis != NULL && t->cells != NULL && t->doubts != NULL &&
              t->transports != NULL;
    for (size_t f = 0; f < fields && ok; f++)
        t->analysis[f] = role_is_analysis(lamna_field_at(j.reg, f));
    if (ok)
        judge_none(t);
    j.has = has;
    for (uint32_t set = 1; set <= t->sets && ok; set++) {
        const uint32_t *of = lamna_index_set(t->index, set, &count, &j.told);
        ok = of != NULL && (count == 0 || of[count - 1] < fields);
        for (size_t i = 0; ok && i < count; i++)
            has[of[i]] = 1;
        if (ok)
            judge_set(t, set, &j, of, count);
        for (size_t i = 0; ok && i < count; i++)
            has[of[i]] = 0;
    }
    free(has);
    return ok;
}

/* ---- Packets ---------------------------------------------------------------------------------- */

/* Notes which packets are in doubt. False if those are too many, or the index is damaged. */
static bool find_doubts(struct told *t)
{
    uint64_t packets = lamna_index_packets(t->index), number = 0;
    uint64_t *sets = t->values[LAMNA_INDEX_SET];
    t->bits = calloc((size_t)(packets / 64 + 1), sizeof *t->bits);
    if (t->bits == NULL)
        return false;
    size_t count;
    for (uint64_t block = 0;
         (count = lamna_index_values(t->index, block, LAMNA_INDEX_SET, sets)) > 0; block++) {
        for (size_t i = 0; i < count; i++, number++) {
            if (sets[i] > t->sets)
                return false;
            if (t->doubts[sets[i]] == 0)
                continue;
            t->bits[number / 64] |= UINT64_C(1) << number % 64;
            t->doubtful++;
        }
    }
    return number == packets && t->doubtful <= packets / WORTH_READING;
}

/* All packets' interface, if one is asked for and there is no more than one. */
static bool find_interface(struct told *t)
{
    bool asked = false;
    lamna_error none;
    lamna_packet_info first;
    for (uint32_t i = 0; i < t->scan->column_count; i++)
        asked |= t->columns[i].id == COLUMN_INTERFACE;
    if (!asked)
        return true;
    t->opened = lamna_source_open(t->scan->path, NULL, &none);
    if (t->opened == NULL || lamna_source_next(t->opened, &first, &none) != LAMNA_OK)
        return false;
    t->interface = first.interface_name;
    return (first.flags & LAMNA_PACKET_HAS_INTERFACE) == 0 ||
           (lamna_source_interfaces(t->opened) == 1 && lamna_index_knows_interfaces(t->index));
}

static bool make_room(struct told *t)
{
    bool ok = true;
    for (unsigned c = 0; c < LAMNA_INDEX_COLUMNS && ok; c++) {
        if ((t->needed >> c & 1) != 0)
            ok = (t->values[c] = malloc(LAMNA_INDEX_BLOCK * sizeof *t->values[c])) != NULL;
    }
    bool addresses = (t->needed & (1u << LAMNA_INDEX_SRC_ADDRESS | 1u << LAMNA_INDEX_DST_ADDRESS));
    t->address_count = addresses ? lamna_index_addresses(t->index) : 0;
    t->addresses = calloc(t->address_count + 1u, sizeof *t->addresses);
    t->text = lamna_text_new();
    t->flags = calloc(FLAG_SETS, sizeof *t->flags);
    return ok && t->addresses != NULL && t->text != NULL && t->flags != NULL;
}

struct told *told_new(const struct scan *scan, lamna_index *index)
{
    struct told *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->scan = scan;
    t->index = index;
    if (make_columns(t) && make_room(t) && judge_sets(t) && find_doubts(t) && find_interface(t))
        return t;
    told_free(t);
    return NULL;
}

void told_free(struct told *t)
{
    if (t == NULL)
        return;
    for (unsigned c = 0; c < LAMNA_INDEX_COLUMNS; c++)
        free(t->values[c]);
    lamna_source_close(t->opened);
    lamna_text_free(t->text);
    free(t->columns);
    free(t->cells);
    free(t->doubts);
    free(t->transports);
    free(t->analysis);
    free(t->bits);
    free(t->addresses);
    free(t->flags);
    free(t);
}

const uint64_t *told_doubts(const struct told *t)
{
    return t->doubtful > 0 ? t->bits : NULL;
}

size_t told_next(struct told *t)
{
    size_t count = 0;
    t->first = t->block * LAMNA_INDEX_BLOCK + 1;
    for (unsigned c = 0; c < LAMNA_INDEX_COLUMNS; c++) {
        if ((t->needed >> c & 1) == 0)
            continue;
        count = lamna_index_values(t->index, t->block, (lamna_index_column)c, t->values[c]);
        if (count == 0)
            return 0;
    }
    t->block++;
    return count;
}

bool told_has(const struct told *t, size_t i)
{
    return t->doubts[t->values[LAMNA_INDEX_SET][i]] == 0;
}

uint64_t told_first(const struct told *t)
{
    return t->first;
}

/* ---- Rows ------------------------------------------------------------------------------------- */

/* Addresses become text once. */
static void set_address(struct told *t, struct block *b, uint32_t column, uint64_t number)
{
    size_t before, after;
    if (number == 0 || number > t->address_count)
        return;
    struct told_text *a = &t->addresses[number];
    if (a->length == 0) {
        (void)lamna_text_data(t->text, &before);
        lamna_index_address(t->index, (uint32_t)number, t->text);
        (void)lamna_text_data(t->text, &after);
        *a = (struct told_text){(uint32_t)before, (uint32_t)(after - before)};
    }
    const char *text = lamna_text_data(t->text, &after);
    if (text != NULL)
        block_set_text(b, column, text + a->at, a->length);
    else
        b->failed = true;
}

static void set_flags(struct told *t, struct block *b, uint32_t column, uint64_t flags)
{
    char *text = t->flags[flags % FLAG_SETS];
    if (text[0] == '\0')
        role_flags_text(flags % FLAG_SETS, text, FLAG_BYTES);
    block_set_text(b, column, text, strlen(text));
}

static void set_analysis(const struct told *t, struct block *b, uint32_t column, uint32_t set)
{
    size_t count = 0;
    uint32_t told;
    const uint32_t *fields = lamna_index_set(t->index, set, &count, &told);
    for (size_t i = 0; i < count; i++) {
        if (t->analysis[fields[i]] == 0)
            continue;
        const char *name =
            role_analysis_name(lamna_field_at(t->scan->binding->session->options->reg, fields[i]));
        block_set_text(b, column, name, strlen(name));
    }
}

static void set_value(struct told *t, struct block *b, uint32_t column, size_t i)
{
    const struct told_column *c = &t->columns[column];
    uint64_t value = c->from < LAMNA_INDEX_COLUMNS ? t->values[c->from][i] : 0;
    uint64_t set = t->values[LAMNA_INDEX_SET][i];
    const char *text = NULL;
    switch (c->id) {
    case COLUMN_FILE:
        text = t->scan->path;
        break;
    case COLUMN_INTERFACE:
        text = t->interface;
        break;
    case COLUMN_TRANSPORT:
        text = role_fields[t->transports[set]].transport;
        break;
    case COLUMN_NUMBER:
        block_set(b, column, t->first + i);
        return;
    case COLUMN_TIME:
        if ((int64_t)value != INT64_MIN)
            block_set(b, column, value);
        return;
    case COLUMN_FLAGS:
        set_flags(t, b, column, value);
        return;
    case COLUMN_ANALYSIS:
        set_analysis(t, b, column, (uint32_t)set);
        return;
    default:
        if (c->is_text)
            set_address(t, b, column, value);
        else
            block_set(b, column, value);
        return;
    }
    if (text != NULL)
        block_set_text(b, column, text, strlen(text));
}

void told_add_row(struct told *t, struct block *b, size_t i)
{
    uint32_t count = t->scan->column_count;
    const uint8_t *cells = t->cells + (size_t)t->values[LAMNA_INDEX_SET][i] * count;
    block_begin_row(b);
    for (uint32_t c = 0; c < count; c++) {
        switch ((enum cell)cells[c]) {
        case CELL_VALUE:
            set_value(t, b, c, i);
            break;
        case CELL_UDP:
            if (t->values[LAMNA_INDEX_PAYLOAD][i] >= UDP_HEADER)
                block_set(b, c, t->values[LAMNA_INDEX_PAYLOAD][i] - UDP_HEADER);
            break;
        case CELL_FALSE:
        case CELL_TRUE:
            block_set(b, c, cells[c] == CELL_TRUE);
            break;
        default:
            break;
        }
    }
}
