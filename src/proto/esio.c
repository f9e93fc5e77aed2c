/*
 * esio: Ether-S-I/O, by which SAIA's controllers exchange inputs and outputs.
 *
 *     | "ESIO" | type 2 | version 2 | length 2 | transaction 2 |
 *       data:     | telegram 4 | station 4 | transfers 1 | flags 1 |, each: | ID 4 | destination 4 | length 2 | data |
 *       a status: | type 2 | length 2 | station 4 | status 1 | lost 1 | diagnostics 1 | flags 1 |
 */
#include "dissect/packet.h"

static const struct value_name type_names[] = {VALUE(0x0, "Reserved"),
                                               VALUE(0x1, "Data transfer telegram"),
                                               VALUE(0x2, "Status/Diag telegram"), VALUES_END};
static const struct value_name sts_type_names[] = {VALUE(0x0, "None"), VALUE(0x1, "RIO status"),
                                                   VALUES_END};
#define FIELDS(X)                                                                                  \
    X(TYPE, "esio.type", "Telegram type", UINT16, HEX, 0, type_names)                              \
    X(VERS, "esio.vers", "Version", UINT16, DEC, 0, NULL)                                          \
    X(LEN, "esio.len", "Length (bytes)", UINT16, DEC, 0, NULL)                                     \
    X(TRANSACTION_ID, "esio.transaction_id", "Transaction ID", UINT16, DEC, 0, NULL)               \
    X(SRC_STN_ID, "esio.src_stn_id", "Source station ID", UINT32, DEC, 0, NULL)                    \
    X(TRANSFER_TLG_ID, "esio.transfer.tlg_id", "Telegram ID", UINT32, DEC, 0, NULL)                \
    X(DATA_NBR, "esio.data.nbr", "Nbr. of data transfers", UINT8, DEC, 0, NULL)                    \
    X(DATA_FLAGS, "esio.data.flags", "Transfer header flags", UINT8, HEX, 0, NULL)                 \
    X(DATA_TRANSFER_ID, "esio.data.transfer_id", "Data transfer ID", UINT32, DEC, 0, NULL)         \
    X(DATA_DESTINATION_ID, "esio.data.destination_id", "Data destination ID", UINT32, DEC, 0,      \
      NULL)                                                                                        \
    X(DATA_LENGTH, "esio.data.length", "Data transfer length", UINT16, DEC, 0, NULL)               \
    X(DATA, "esio.data", "Data", UINT8, DEC, 0, NULL)                                              \
    X(STS_TYPE, "esio.sts.type", "Status type", UINT16, HEX, 0, sts_type_names)                    \
    X(STS_LENGTH, "esio.sts.length", "Status length (bytes)", UINT16, DEC, 0, NULL)                \
    X(STS_RIO_STS, "esio.sts.rio_sts", "RIO status", UINT8, DEC, 0, NULL)                          \
    X(STS_RIO_LOST_TLG, "esio.sts.rio_lost_tlg", "Lost telegrams to RIO", UINT8, DEC, 0, NULL)     \
    X(STS_RIO_DIAG, "esio.sts.rio_diag", "RIO diagnostics", UINT8, DEC, 0, NULL)                   \
    X(STS_RIO_FLAGS, "esio.sts.rio_flags", "RIO flags", UINT8, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

enum { DATA_TELEGRAM = 1, STATUS_TELEGRAM = 2 };

static void put_transfer(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 8);
    uint32_t tree =
        tree_text(p, c, c->pos, 10, "Data transfer to ID: %u", head != NULL ? be32(head + 4) : 0);
    (void)put_u32(p, c, DATA_TRANSFER_ID);
    (void)put_u32(p, c, DATA_DESTINATION_ID);
    uint16_t n = put_u16(p, c, DATA_LENGTH);
    for (uint16_t i = 0; i < n && c->fault == CURSOR_OK; i++)
        (void)put_u8(p, c, DATA);
    tree_end(p, tree);
}

static void put_data_telegram(struct packet *p, struct cursor *c)
{
    (void)put_u32(p, c, TRANSFER_TLG_ID);
    (void)put_u32(p, c, SRC_STN_ID);
    uint8_t transfers = put_u8(p, c, DATA_NBR);
    (void)put_u8(p, c, DATA_FLAGS);
    for (uint8_t i = 0; i < transfers && c->fault == CURSOR_OK; i++)
        put_transfer(p, c);
}

static void put_status(struct packet *p, struct cursor *c)
{
    (void)put_u16(p, c, STS_TYPE);
    (void)put_u16(p, c, STS_LENGTH);
    (void)put_u32(p, c, SRC_STN_ID);
    (void)put_u8(p, c, STS_RIO_STS);
    (void)put_u8(p, c, STS_RIO_LOST_TLG);
    (void)put_u8(p, c, STS_RIO_DIAG);
    (void)put_u8(p, c, STS_RIO_FLAGS);
}

static void dissect(struct packet *p, struct cursor *c)
{
    cursor_skip(c, 4);
    uint16_t type = put_u16(p, c, TYPE);
    (void)put_u16(p, c, VERS);
    uint16_t length = put_u16(p, c, LEN);
    (void)put_u16(p, c, TRANSACTION_ID);
    const char *name = value_name_find(type_names, type);
    info_set(p, "%s, %u bytes", name != NULL ? name : "Unknown telegram", length);
    if (type == DATA_TELEGRAM)
        put_data_telegram(p, c);
    else if (type == STATUS_TELEGRAM)
        put_status(p, c);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 6);
    return b != NULL && memcmp(b, "ESIO", 4) == 0 &&
           value_name_find(type_names, be16(b + 4)) != NULL;
}

static const struct binding bindings[] = {{"udp.port", 6060}, {NULL, 0}};

const struct protocol proto_esio = {.name = "esio",
                                    .title = "SAIA Ether-S-I/O protocol",
                                    .column = "ESIO",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .dissect = dissect};
