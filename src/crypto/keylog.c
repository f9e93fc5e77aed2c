#include "crypto/keylog.h"

#include <stdlib.h>
#include <string.h>

/* All of it is hashed and compared: no padding, and what is not used is zero. */
struct secret_key {
    uint8_t kind, id_n, id[SECRET_ID_MAX];
};
_Static_assert(sizeof(struct secret_key) == 34, "no padding in a key");

enum { LINE_MAX_BYTES = 1024 };

void keylog_init(struct keylog *log)
{
    memset(log, 0, sizeof *log);
    map_init(&log->map, sizeof(struct secret_key));
}

void keylog_free(struct keylog *log)
{
    map_free(&log->map);
    free(log->secrets);
    if (log->file != NULL)
        (void)fclose(log->file);
    keylog_init(log);
}

/* ---- Secrets --------------------------------------------------------------------------------- */

static struct secret_key key_of(enum secret_kind kind, const uint8_t *id, size_t n)
{
    struct secret_key key = {.kind = (uint8_t)kind, .id_n = (uint8_t)n};
    memcpy(key.id, id, n);
    return key;
}

static bool make_room(struct keylog *log, uint32_t number)
{
    if (number < log->capacity)
        return true;
    uint32_t capacity = log->capacity == 0 ? 16 : 2 * log->capacity;
    struct secret *secrets = realloc(log->secrets, capacity * sizeof *secrets);
    if (secrets == NULL)
        return false;
    memset(secrets + log->capacity, 0, (capacity - log->capacity) * sizeof *secrets);
    log->secrets = secrets;
    log->capacity = capacity;
    return true;
}

void keylog_add(struct keylog *log, enum secret_kind kind, const uint8_t *id, size_t id_n,
                const uint8_t *secret, size_t n)
{
    if (id_n == 0 || id_n > SECRET_ID_MAX || n == 0 || n > SECRET_MAX)
        return;
    struct secret_key key = key_of(kind, id, id_n);
    uint32_t number = map_number(&log->map, &key);
    if (number == MAP_NONE || !make_room(log, number))
        return;
    struct secret *s = &log->secrets[number];
    if (s->length == n && memcmp(s->bytes, secret, n) == 0)
        return;
    s->length = (uint8_t)n;
    memcpy(s->bytes, secret, n);
    log->changes++;
}

bool keylog_any(const struct keylog *log)
{
    return keylog_changes(log) > 0;
}

uint32_t keylog_changes(const struct keylog *log)
{
    uint32_t sum = 0;
    for (; log != NULL; log = log->more)
        sum += log->changes;
    return sum;
}

const struct secret *keylog_find(const struct keylog *log, enum secret_kind kind, const uint8_t *id,
                                 size_t id_n)
{
    if (id_n == 0 || id_n > SECRET_ID_MAX)
        return NULL;
    struct secret_key key = key_of(kind, id, id_n);
    for (; log != NULL; log = log->more) {
        uint32_t number = map_find(&log->map, &key);
        if (number < log->capacity && log->secrets[number].length > 0)
            return &log->secrets[number];
    }
    return NULL;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum secret_kind kind;
} labels[] = {{"CLIENT_RANDOM", SECRET_MASTER},
              {"PMS_CLIENT_RANDOM", SECRET_PREMASTER},
              {"CLIENT_EARLY_TRAFFIC_SECRET", SECRET_CLIENT_EARLY},
              {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", SECRET_CLIENT_HANDSHAKE},
              {"SERVER_HANDSHAKE_TRAFFIC_SECRET", SECRET_SERVER_HANDSHAKE},
              {"CLIENT_TRAFFIC_SECRET_0", SECRET_CLIENT_TRAFFIC},
              {"SERVER_TRAFFIC_SECRET_0", SECRET_SERVER_TRAFFIC},
              {"EARLY_EXPORTER_SECRET", SECRET_EARLY_EXPORTER},
              {"EXPORTER_SECRET", SECRET_EXPORTER},
              {"QUIC_CLIENT_EARLY_TRAFFIC_SECRET", SECRET_CLIENT_EARLY},
              {"QUIC_CLIENT_HANDSHAKE_TRAFFIC_SECRET", SECRET_CLIENT_HANDSHAKE},
              {"QUIC_SERVER_HANDSHAKE_TRAFFIC_SECRET", SECRET_SERVER_HANDSHAKE},
              {"QUIC_CLIENT_TRAFFIC_SECRET_0", SECRET_CLIENT_TRAFFIC},
              {"QUIC_SERVER_TRAFFIC_SECRET_0", SECRET_SERVER_TRAFFIC},
              {"RSA", SECRET_RSA_PREMASTER}};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes that all of a word says in hex; 0: it does not, or has too many. */
static size_t read_hex(const char *word, uint8_t *bytes, size_t room)
{
    size_t n = strlen(word);
    if (n % 2 != 0 || n / 2 > room)
        return 0;
    for (size_t i = 0; i < n; i += 2) {
        int high = hex_digit(word[i]), low = hex_digit(word[i + 1]);
        if (high < 0 || low < 0)
            return 0;
        bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    return n / 2;
}

static bool skip_prefix(char **word, const char *prefix)
{
    size_t n = strlen(prefix);
    if (strncmp(*word, prefix, n) != 0)
        return false;
    *word += n;
    return true;
}

/* Three words; `line` is changed. */
static void add_line(struct keylog *log, char *line)
{
    char *rest = NULL, *label = strtok_r(line, " \t\r", &rest);
    char *id = strtok_r(NULL, " \t\r", &rest), *value = strtok_r(NULL, " \t\r", &rest);
    uint8_t id_bytes[SECRET_ID_MAX], bytes[SECRET_MAX];
    if (label == NULL || label[0] == '#' || id == NULL || value == NULL)
        return;
    bool session = strcmp(label, "RSA") == 0 && skip_prefix(&id, "Session-ID:") &&
                   skip_prefix(&value, "Master-Key:");
    size_t id_n = read_hex(id, id_bytes, sizeof id_bytes), n = read_hex(value, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (strcmp(label, labels[i].name) != 0)
            continue;
        enum secret_kind kind = session ? SECRET_SESSION : labels[i].kind;
        keylog_add(log, kind, id_bytes, id_n, bytes, n);
        return;
    }
}

void keylog_add_text(struct keylog *log, const char *text, size_t n)
{
    char line[LINE_MAX_BYTES];
    while (n > 0) {
        const char *end = memchr(text, '\n', n);
        size_t length = end == NULL ? n : (size_t)(end - text);
        size_t used = end == NULL ? n : length + 1;
        if (length < sizeof line && memchr(text, '\0', length) == NULL) {
            memcpy(line, text, length);
            line[length] = '\0';
            add_line(log, line);
        }
        text += used;
        n -= used;
    }
}

/* ---- Files ----------------------------------------------------------------------------------- */

lamna_status keylog_open(struct keylog *log, const char *path, lamna_error *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        error_system(err, "cannot open the key log %s", path);
        return err != NULL ? err->status : LAMNA_ERR_IO;
    }
    if (log->file != NULL)
        (void)fclose(log->file);
    log->file = file;
    keylog_refresh(log);
    if (ferror(file))
        return error_system(err, "cannot read the key log %s", path);
    return LAMNA_OK;
}

/* A line without an end may still be written: it is read again next time. */
void keylog_refresh(struct keylog *log)
{
    char line[LINE_MAX_BYTES];
    if (log->file == NULL)
        return;
    clearerr(log->file);
    for (;;) {
        long at = ftell(log->file);
        if (fgets(line, sizeof line, log->file) == NULL)
            return;
        size_t n = strlen(line);
        keylog_add_text(log, line, n);
        if (n + 1 < sizeof line && (n == 0 || line[n - 1] != '\n')) {
            (void)fseek(log->file, at < 0 ? 0 : at, at < 0 ? SEEK_CUR : SEEK_SET);
            return;
        }
    }
}
