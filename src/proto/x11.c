/*
 * x11: the X Window System Protocol, version 11 (X.Org, "X Window System Protocol", appendix B): which requests,
 * replies, events and errors there are, and their numbers. The client's first byte says in which byte order both
 * speak.
 *
 *     request   | opcode | data | length in 4 bytes 2 | ...      0: the length is in the next four bytes
 *     reply     | 1 | data | sequence 2 | length behind 32 bytes, in 4 bytes 4 | ...
 *     event     | code | detail | sequence 2 | ... 32 in all
 *     error     | 0 | code | sequence 2 | ... 32 in all
 */
#include "dissect/pdu.h"

static const struct value_name requests[] = {VALUE(1, "CreateWindow"),
                                             VALUE(2, "ChangeWindowAttributes"),
                                             VALUE(3, "GetWindowAttributes"),
                                             VALUE(4, "DestroyWindow"),
                                             VALUE(5, "DestroySubwindows"),
                                             VALUE(6, "ChangeSaveSet"),
                                             VALUE(7, "ReparentWindow"),
                                             VALUE(8, "MapWindow"),
                                             VALUE(9, "MapSubwindows"),
                                             VALUE(10, "UnmapWindow"),
                                             VALUE(11, "UnmapSubwindows"),
                                             VALUE(12, "ConfigureWindow"),
                                             VALUE(13, "CirculateWindow"),
                                             VALUE(14, "GetGeometry"),
                                             VALUE(15, "QueryTree"),
                                             VALUE(16, "InternAtom"),
                                             VALUE(17, "GetAtomName"),
                                             VALUE(18, "ChangeProperty"),
                                             VALUE(19, "DeleteProperty"),
                                             VALUE(20, "GetProperty"),
                                             VALUE(21, "ListProperties"),
                                             VALUE(22, "SetSelectionOwner"),
                                             VALUE(23, "GetSelectionOwner"),
                                             VALUE(24, "ConvertSelection"),
                                             VALUE(25, "SendEvent"),
                                             VALUE(26, "GrabPointer"),
                                             VALUE(27, "UngrabPointer"),
                                             VALUE(28, "GrabButton"),
                                             VALUE(29, "UngrabButton"),
                                             VALUE(30, "ChangeActivePointerGrab"),
                                             VALUE(31, "GrabKeyboard"),
                                             VALUE(32, "UngrabKeyboard"),
                                             VALUE(33, "GrabKey"),
                                             VALUE(34, "UngrabKey"),
                                             VALUE(35, "AllowEvents"),
                                             VALUE(36, "GrabServer"),
                                             VALUE(37, "UngrabServer"),
                                             VALUE(38, "QueryPointer"),
                                             VALUE(39, "GetMotionEvents"),
                                             VALUE(40, "TranslateCoordinates"),
                                             VALUE(41, "WarpPointer"),
                                             VALUE(42, "SetInputFocus"),
                                             VALUE(43, "GetInputFocus"),
                                             VALUE(44, "QueryKeymap"),
                                             VALUE(45, "OpenFont"),
                                             VALUE(46, "CloseFont"),
                                             VALUE(47, "QueryFont"),
                                             VALUE(48, "QueryTextExtents"),
                                             VALUE(49, "ListFonts"),
                                             VALUE(50, "ListFontsWithInfo"),
                                             VALUE(51, "SetFontPath"),
                                             VALUE(52, "GetFontPath"),
                                             VALUE(53, "CreatePixmap"),
                                             VALUE(54, "FreePixmap"),
                                             VALUE(55, "CreateGC"),
                                             VALUE(56, "ChangeGC"),
                                             VALUE(57, "CopyGC"),
                                             VALUE(58, "SetDashes"),
                                             VALUE(59, "SetClipRectangles"),
                                             VALUE(60, "FreeGC"),
                                             VALUE(61, "ClearArea"),
                                             VALUE(62, "CopyArea"),
                                             VALUE(63, "CopyPlane"),
                                             VALUE(64, "PolyPoint"),
                                             VALUE(65, "PolyLine"),
                                             VALUE(66, "PolySegment"),
                                             VALUE(67, "PolyRectangle"),
                                             VALUE(68, "PolyArc"),
                                             VALUE(69, "FillPoly"),
                                             VALUE(70, "PolyFillRectangle"),
                                             VALUE(71, "PolyFillArc"),
                                             VALUE(72, "PutImage"),
                                             VALUE(73, "GetImage"),
                                             VALUE(74, "PolyText8"),
                                             VALUE(75, "PolyText16"),
                                             VALUE(76, "ImageText8"),
                                             VALUE(77, "ImageText16"),
                                             VALUE(78, "CreateColormap"),
                                             VALUE(79, "FreeColormap"),
                                             VALUE(80, "CopyColormapAndFree"),
                                             VALUE(81, "InstallColormap"),
                                             VALUE(82, "UninstallColormap"),
                                             VALUE(83, "ListInstalledColormaps"),
                                             VALUE(84, "AllocColor"),
                                             VALUE(85, "AllocNamedColor"),
                                             VALUE(86, "AllocColorCells"),
                                             VALUE(87, "AllocColorPlanes"),
                                             VALUE(88, "FreeColors"),
                                             VALUE(89, "StoreColors"),
                                             VALUE(90, "StoreNamedColor"),
                                             VALUE(91, "QueryColors"),
                                             VALUE(92, "LookupColor"),
                                             VALUE(93, "CreateCursor"),
                                             VALUE(94, "CreateGlyphCursor"),
                                             VALUE(95, "FreeCursor"),
                                             VALUE(96, "RecolorCursor"),
                                             VALUE(97, "QueryBestSize"),
                                             VALUE(98, "QueryExtension"),
                                             VALUE(99, "ListExtensions"),
                                             VALUE(100, "ChangeKeyboardMapping"),
                                             VALUE(101, "GetKeyboardMapping"),
                                             VALUE(102, "ChangeKeyboardControl"),
                                             VALUE(103, "GetKeyboardControl"),
                                             VALUE(104, "Bell"),
                                             VALUE(105, "ChangePointerControl"),
                                             VALUE(106, "GetPointerControl"),
                                             VALUE(107, "SetScreenSaver"),
                                             VALUE(108, "GetScreenSaver"),
                                             VALUE(109, "ChangeHosts"),
                                             VALUE(110, "ListHosts"),
                                             VALUE(111, "SetAccessControl"),
                                             VALUE(112, "SetCloseDownMode"),
                                             VALUE(113, "KillClient"),
                                             VALUE(114, "RotateProperties"),
                                             VALUE(115, "ForceScreenSaver"),
                                             VALUE(116, "SetPointerMapping"),
                                             VALUE(117, "GetPointerMapping"),
                                             VALUE(118, "SetModifierMapping"),
                                             VALUE(119, "GetModifierMapping"),
                                             VALUE(127, "NoOperation"),
                                             VALUES_END};
static const struct value_name events[] = {VALUE(2, "KeyPress"),
                                           VALUE(3, "KeyRelease"),
                                           VALUE(4, "ButtonPress"),
                                           VALUE(5, "ButtonRelease"),
                                           VALUE(6, "MotionNotify"),
                                           VALUE(7, "EnterNotify"),
                                           VALUE(8, "LeaveNotify"),
                                           VALUE(9, "FocusIn"),
                                           VALUE(10, "FocusOut"),
                                           VALUE(11, "KeymapNotify"),
                                           VALUE(12, "Expose"),
                                           VALUE(13, "GraphicsExpose"),
                                           VALUE(14, "NoExpose"),
                                           VALUE(15, "VisibilityNotify"),
                                           VALUE(16, "CreateNotify"),
                                           VALUE(17, "DestroyNotify"),
                                           VALUE(18, "UnmapNotify"),
                                           VALUE(19, "MapNotify"),
                                           VALUE(20, "MapRequest"),
                                           VALUE(21, "ReparentNotify"),
                                           VALUE(22, "ConfigureNotify"),
                                           VALUE(23, "ConfigureRequest"),
                                           VALUE(24, "GravityNotify"),
                                           VALUE(25, "ResizeRequest"),
                                           VALUE(26, "CirculateNotify"),
                                           VALUE(27, "CirculateRequest"),
                                           VALUE(28, "PropertyNotify"),
                                           VALUE(29, "SelectionClear"),
                                           VALUE(30, "SelectionRequest"),
                                           VALUE(31, "SelectionNotify"),
                                           VALUE(32, "ColormapNotify"),
                                           VALUE(33, "ClientMessage"),
                                           VALUE(34, "MappingNotify"),
                                           VALUE(35, "GenericEvent"),
                                           VALUES_END};
static const struct value_name errors[] = {VALUE(0, "Success"),
                                           VALUE(1, "BadRequest"),
                                           VALUE(2, "BadValue"),
                                           VALUE(3, "BadWindow"),
                                           VALUE(4, "BadPixmap"),
                                           VALUE(5, "BadAtom"),
                                           VALUE(6, "BadCursor"),
                                           VALUE(7, "BadFont"),
                                           VALUE(8, "BadMatch"),
                                           VALUE(9, "BadDrawable"),
                                           VALUE(10, "BadAccess"),
                                           VALUE(11, "BadAlloc"),
                                           VALUE(12, "BadColormap"),
                                           VALUE(13, "BadGC"),
                                           VALUE(14, "BadIDChoice"),
                                           VALUE(15, "BadName"),
                                           VALUE(16, "BadLength"),
                                           VALUE(17, "BadImplementation"),
                                           VALUES_END};

#define FIELDS(X)                                                                                  \
    X(OPCODE, "x11.opcode", "opcode", UINT8, DEC, 0, requests)                                     \
    X(REQUEST_LENGTH, "x11.request-length", "request-length", UINT16, DEC | STREAM, 0, NULL)       \
    X(REPLY, "x11.reply", "reply", UINT8, DEC, 0, NULL)                                            \
    X(REPLY_SEQUENCE, "x11.reply-sequencenumber", "sequencenumber", UINT16, DEC, 0, NULL)          \
    X(BOGUS_LENGTH, "x11.request-length.invalid", "Bogus request length (0)", NONE, NONE, 0, NULL) \
    X(REPLY_LENGTH, "x11.replylength", "replylength", UINT32, DEC, 0, NULL)                        \
    X(EVENT, "x11.eventcode", "eventcode", UINT8, DEC, 0, NULL)                                    \
    X(EVENT_SEQUENCE, "x11.event-sequencenumber", "event-sequencenumber", UINT16, DEC, 0, NULL)    \
    X(ERROR, "x11.errorcode", "errorcode", UINT8, DEC, 0, errors)

FIELD_TABLE(FIELDS);

enum {
    FIRST_PORT = 6000,
    LAST_PORT = 6063,
    UNIT = 32,
    PENDING = 16,
    INFO_ENOUGH = 240,
    BIG = 1 << 24
};
enum { IS_ERROR, IS_REPLY, KEYMAP_NOTIFY = 11, GENERIC = 35, LAST_EVENT = 35, SENT = 0x80 };

/* What both ends agree on, and the requests whose replies have not come: the newest. */
struct state {
    bool begun;    /* the set-up was seen */
    bool answered; /* and its reply */
    bool big_endian;
    bool counted; /* sequence is the number of requests so far, by the set-up or by a reply */
    uint16_t sequence;
    struct pending {
        uint16_t sequence;
        uint8_t opcode; /* 0: none */
    } pending[PENDING];
    uint32_t next;
};

static bool to_server(const struct packet *p)
{
    return p->dst_port >= FIRST_PORT && p->dst_port <= LAST_PORT;
}

static uint16_t number16(const struct state *s, const uint8_t *b)
{
    return s->big_endian ? be16(b) : le16(b);
}

static uint32_t number32(const struct state *s, const uint8_t *b)
{
    return s->big_endian ? be32(b) : le32(b);
}

static void put_number(struct packet *p, struct cursor *c, const struct state *s, unsigned field,
                       unsigned n)
{
    if (s->big_endian)
        (void)put_uint_be(p, c, field, n);
    else
        (void)put_uint_le(p, c, field, n);
}

/* Each message is a line of the tree, though frame.protocols counts them once. As in Wireshark, nothing is shown
 * of one of n bytes that was cut. */
static bool begin(struct packet *p, struct cursor *c, uint32_t n, bool first)
{
    if (n == STREAM_MORE || n > cursor_captured(c)) {
        if (first)
            layer_hide(p);
        bool cut = cursor_captured(c) < cursor_left(c);
        cursor_skip(c, cut ? cursor_captured(c) + 1 : cursor_left(c) + 1);
        return false;
    }
    if (!first)
        layer_again(p, c);
    return true;
}

static void say(struct packet *p, const char *kind, const char *text, bool first)
{
    title(p, "X11, %s%s", kind, text);
    if (p->info.length < INFO_ENOUGH)
        info_add(p, "%s%s%s", first ? "" : ", ", kind, text);
}

static const char *named(struct packet *p, const struct value_name *names, unsigned value,
                         const char *what)
{
    const char *name = value_name_find(names, value);
    return name != NULL ? name : packet_text(p, "<Unknown %s %u>", what, value);
}

/* ---- How long messages are ---------------------------------------------------------------------- */

/* At c, which has at least 4 bytes captured; STREAM_MORE: more must be seen. */
static uint32_t request_length(const struct state *s, const struct cursor *c, uint32_t at)
{
    const uint8_t *b = cursor_peek(c, at, 4);
    uint32_t n = b == NULL ? 0 : number16(s, b + 2);
    if (b == NULL)
        return STREAM_MORE;
    if (n > 0)
        return 4 * n;
    b = cursor_peek(c, at, 8);
    if (b == NULL)
        return STREAM_MORE;
    n = number32(s, b + 4);
    return n >= 2 && n < BIG ? 4 * n : 4;
}

/* The set-up: authorization by name and data, each filled up to four bytes. */
static uint32_t setup_length(const struct cursor *c, bool *big_endian)
{
    const uint8_t *b = cursor_peek(c, 0, 12);
    if (b == NULL || !((b[0] == 'l' && le16(b + 2) == 11) || (b[0] == 'B' && be16(b + 2) == 11)))
        return 0;
    *big_endian = b[0] == 'B';
    uint32_t name = *big_endian ? be16(b + 6) : le16(b + 6);
    uint32_t data = *big_endian ? be16(b + 8) : le16(b + 8);
    return 12 + ((name + 3) & ~3u) + ((data + 3) & ~3u);
}

static uint32_t answer_length(const struct state *s, const struct cursor *c, uint32_t at)
{
    const uint8_t *b = cursor_peek(c, at, 8);
    if (b == NULL)
        return STREAM_MORE;
    if (s->begun && !s->answered)
        return 8 + 4u * number16(s, b + 6);
    uint32_t more = b[0] == IS_REPLY || b[0] == GENERIC ? number32(s, b + 4) : 0;
    return UNIT + (more < BIG ? 4 * more : 0);
}

/* A request has four bytes at least; the length in the next four bytes counts itself. */
static bool is_bogus(const struct state *s, const struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 4), *more = cursor_peek(c, 4, 4);
    return b != NULL && number16(s, b + 2) == 0 && (more == NULL || number32(s, more) < 2);
}

/* ---- The client --------------------------------------------------------------------------------- */

static void put_request(struct packet *p, struct cursor *c, struct state *s, bool first)
{
    uint32_t start = c->pos, n = request_length(s, c, 0);
    if (!begin(p, c, n, first))
        return;
    uint8_t opcode = put_u8(p, c, OPCODE);
    bool known = value_name_find(requests, opcode) != NULL;
    say(p, "Request",
        packet_text(p, ", opcode: %u (%s)", opcode, named(p, requests, opcode, "opcode")), first);
    s->pending[s->next++ % PENDING] = (struct pending){++s->sequence, opcode};
    const uint8_t *b = cursor_peek(c, 1, 2);
    cursor_skip(c, 1);
    if (known && b != NULL) {
        put_number(p, c, s, REQUEST_LENGTH, 2);
        if (number16(s, b) == 0 && n > 4)
            put_number(p, c, s, REQUEST_LENGTH, 4);
    }
    if (c->fault == CURSOR_OK && n > c->pos - start)
        cursor_skip(c, n - (c->pos - start));
}

static void put_client(struct packet *p, struct cursor *c, struct state *s)
{
    bool first = true;
    uint32_t setup = s->begun ? 0 : setup_length(c, &s->big_endian);
    if (setup > 0) {
        s->begun = s->counted = true;
        say(p, "Request", ", Initial connection request", true);
        cursor_skip(c, setup);
        first = false;
    }
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        if (is_bogus(s, c)) { /* where the next one begins cannot be told */
            put_mark(p, c, BOGUS_LENGTH);
            cursor_skip(c, cursor_captured(c));
            return;
        }
        put_request(p, c, s, first);
        first = false;
    }
}

/* ---- The server --------------------------------------------------------------------------------- */

/* Which request has that number; where the capture begins later than the connection, the first reply tells how
 * many came before. */
static uint8_t asked(struct state *s, uint16_t sequence)
{
    if (!s->counted) {
        s->counted = true;
        s->sequence = sequence;
        memset(s->pending, 0, sizeof s->pending);
        return 0;
    }
    for (uint32_t i = 0; i < PENDING; i++) {
        if (s->pending[i].opcode != 0 && s->pending[i].sequence == sequence)
            return s->pending[i].opcode;
    }
    return 0;
}

static void put_reply(struct packet *p, struct cursor *c, struct state *s, const uint8_t *b,
                      bool first)
{
    uint8_t opcode = asked(s, number16(s, b + 2));
    if (opcode == 0)
        say(p, "Reply", " to unknown request", first);
    else
        say(p, "Reply",
            packet_text(p, ", opcode: %u (%s)", opcode, named(p, requests, opcode, "opcode")),
            first);
    (void)put_u8(p, c, REPLY);
    cursor_skip(c, 1);
    put_number(p, c, s, REPLY_SEQUENCE, 2);
    put_number(p, c, s, REPLY_LENGTH, 4);
}

static void put_event(struct packet *p, struct cursor *c, struct state *s, bool first)
{
    uint8_t code = put_u8(p, c, EVENT), event = code & (SENT - 1);
    const char *name = value_name_find(events, event);
    say(p, "Event",
        packet_text(p, ", eventcode: %u (%s%s)", code, name != NULL && code & SENT ? "Sent-" : "",
                    name != NULL ? name : named(p, events, code, "eventcode")),
        first);
    cursor_skip(c, 1);
    if (event != KEYMAP_NOTIFY && name != NULL)
        put_number(p, c, s, EVENT_SEQUENCE, 2);
}

static void put_answer(struct packet *p, struct cursor *c, struct state *s, bool first)
{
    uint32_t start = c->pos, n = answer_length(s, c, 0);
    const uint8_t *b = cursor_peek(c, 0, 8);
    if (!begin(p, c, n, first) || b == NULL)
        return;
    if (s->begun && !s->answered) {
        s->answered = true;
        say(p, "Reply", ", Initial connection reply", first);
        cursor_skip(c, 6);
        put_number(p, c, s, REPLY_LENGTH, 2);
    } else if (b[0] == IS_ERROR) {
        cursor_skip(c, 1);
        uint8_t code = put_u8(p, c, ERROR);
        say(p, "Error",
            packet_text(p, ", errorcode: %u (%s)", code, named(p, errors, code, "errorcode")),
            first);
    } else if (b[0] == IS_REPLY) {
        put_reply(p, c, s, b, first);
    } else {
        put_event(p, c, s, first);
    }
    if (c->fault == CURSOR_OK && n > c->pos - start)
        cursor_skip(c, n - (c->pos - start));
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct state none = {0}, *s = flow_state(p, sizeof *s);
    if (s == NULL)
        s = &none;
    uint32_t bytes = cursor_captured(c);
    info_set(p, "%s", "");
    if (to_server(p)) {
        put_client(p, c, s);
    } else {
        for (bool first = true; cursor_left(c) > 0 && c->fault == CURSOR_OK; first = false)
            put_answer(p, c, s, first);
    }
    if (p->info.length == 0)
        info_set(p, "%u bytes of messages that are not known", bytes);
}

/* As many whole messages as there are. */
static uint32_t message(struct packet *p, const struct cursor *c)
{
    struct state none = {0}, *s = flow_state(p, sizeof *s);
    uint32_t left = cursor_captured(c), n = 0;
    bool client = to_server(p), big_endian = false;
    if (s == NULL)
        s = &none;
    if (client && !s->begun)
        n = setup_length(c, &big_endian);
    if (n > left)
        return n;
    while (n < left) {
        uint32_t one = client ? request_length(s, c, n) : answer_length(s, c, n);
        if (one == STREAM_MORE)
            return n > 0 ? n : STREAM_MORE;
        if (one > left - n)
            return n > 0 ? n : one;
        n += one;
        if (!client && s->begun && !s->answered)
            return n;
    }
    return n;
}

#define PORTS8(n)                                                                                  \
    {"tcp.port", n}, {"tcp.port", (n) + 1}, {"tcp.port", (n) + 2}, {"tcp.port", (n) + 3},          \
        {"tcp.port", (n) + 4}, {"tcp.port", (n) + 5}, {"tcp.port", (n) + 6},                       \
    {                                                                                              \
        "tcp.port", (n) + 7                                                                        \
    }
static const struct binding bindings[] = {PORTS8(6000), PORTS8(6008), PORTS8(6016),
                                          PORTS8(6024), PORTS8(6032), PORTS8(6040),
                                          PORTS8(6048), PORTS8(6056), {NULL, 0}};

const struct protocol proto_x11 = {.name = "x11",
                                   .title = "X11",
                                   .column = "X11",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .message = message,
                                   .dissect = dissect};
