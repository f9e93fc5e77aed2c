/*
 * autosar-nm: AUTOSAR's network management in frames of CAN ("Specification of CAN Network Management").
 *
 *     | control bits 1 | who sends it 1 | data of the user's |
 *
 * Which identifier it has is a matter of each network. Like tshark, as it is delivered, we take 0 for it.
 */
#include "dissect/packet.h"

static const struct value_name repeat_names[] = {VALUE(0, "Repeat Message State not requested"),
                                                 VALUE(1, "Repeat Message State requested"),
                                                 VALUES_END};
static const struct value_name sleep_names[] = {
    VALUE(0, "Start of synchronized shutdown not requested"),
    VALUE(1, "Start of synchronized shutdown requested"), VALUES_END};
static const struct value_name wakeup_names[] = {VALUE(0, "Node has not woken up the network"),
                                                 VALUE(1, "Node has woken up the network"),
                                                 VALUES_END};
static const struct value_name partial_names[] = {
    VALUE(0, "NM message contains no Partial Network request information"),
    VALUE(1, "NM message contains Partial Network request information"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(CONTROL, "autosar-nm.ctrl", "Control Bit Vector", UINT8, HEX, 0, NULL)                       \
    X(REPEAT, "autosar-nm.ctrl.repeat_msg_req", "Repeat Message Request", BOOLEAN, 8, 0x01,        \
      repeat_names)                                                                                \
    X(BIT_1, "autosar-nm.ctrl.reserved1", "Reserved Bit 1", UINT8, DEC, 0x02, NULL)                \
    X(BIT_2, "autosar-nm.ctrl.reserved2", "Reserved Bit 2", UINT8, DEC, 0x04, NULL)                \
    X(SLEEP, "autosar-nm.ctrl.nm_coord_sleep", "NM Coordinator Sleep Ready", BOOLEAN, 8, 0x08,     \
      sleep_names)                                                                                 \
    X(WAKEUP, "autosar-nm.ctrl.active_wakeup", "Active Wakeup", BOOLEAN, 8, 0x10, wakeup_names)    \
    X(BIT_5, "autosar-nm.ctrl.reserved5", "Reserved Bit 5", UINT8, DEC, 0x20, NULL)                \
    X(PARTIAL, "autosar-nm.ctrl.pni", "Partial Network Information", BOOLEAN, 8, 0x40,             \
      partial_names)                                                                               \
    X(BIT_7, "autosar-nm.ctrl.reserved7", "Reserved Bit 7", UINT8, DEC, 0x80, NULL)                \
    X(SOURCE, "autosar-nm.src", "Source Node Identifier", UINT8, DEC, 0, NULL)                     \
    X(USER_DATA, "autosar-nm.user_data", "User Data", BYTES, COLONS, 0, NULL)

FIELD_TABLE(FIELDS);

enum { REPEAT_BIT = 0x01, SLEEP_BIT = 0x08, WAKEUP_BIT = 0x10, PARTIAL_BIT = 0x40 };

static void put_control(struct packet *p, struct cursor *c)
{
    uint8_t control = put_u8(p, c, CONTROL);
    label(p, CONTROL, "Control Bit Vector: 0x%02x%s%s%s%s", control,
          (control & REPEAT_BIT) != 0 ? ", Repeat Message Request" : "",
          (control & SLEEP_BIT) != 0 ? ", NM Coordinator Sleep Ready" : "",
          (control & WAKEUP_BIT) != 0 ? ", Active Wakeup" : "",
          (control & PARTIAL_BIT) != 0 ? ", Partial Network Information" : "");
    if (c->fault != CURSOR_OK)
        return;
    uint32_t tree = tree_begin(p, CONTROL);
    put_flags(p, c, REPEAT, BIT_7 - REPEAT + 1, c->pos - 1, 1, control);
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 2);
    put_control(p, c);
    uint8_t source = put_u8(p, c, SOURCE);
    if (head != NULL) {
        info_set(p, "NM (CBV: 0x%02x, SNI: 0x%02x)", head[0], source);
        title(p, "%s, Control Bit Vector: 0x%02x, Source Node: %u",
              p->reg->protos[p->proto].def->title, head[0], source);
    }
    (void)put_bytes(p, c, USER_DATA, cursor_left(c));
}

static const struct binding bindings[] = {{"can.id", 0}, {NULL, 0}};

const struct protocol proto_autosar_nm = {.name = "autosar-nm",
                                          .title = "AUTOSAR Network Management",
                                          .column = "AUTOSAR NM",
                                          FIELDS_OF_THIS_FILE,
                                          .bindings = bindings,
                                          .dissect = dissect};
