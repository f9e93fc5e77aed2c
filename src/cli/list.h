/* list: the packet list, for `list`, `capture` and `demo`. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "cli/cli.h"

enum { LIST_COLUMNS = 64 };

struct list_column {
    char *name;     /* owned */
    int kind;       /* which column; the last kind is a field */
    uint32_t field; /* its number then */
};

struct list {
    struct list_column columns[LIST_COLUMNS];
    int count;
    enum { LIST_TEXT, LIST_CSV, LIST_NDJSON } format;
    bool color;
    lamna_text **cells; /* owned: one for each thread */
    unsigned threads;
};

/* Reads --columns, --format and --color, and asks the query for what they need. 0 or an exit status;
 * list_close() must follow. */
int list_open(struct list *list, struct session *s, const struct cli *cli);
void list_close(struct list *list);
/* Heading and rows of a run; the exit status. */
int list_all(struct list *list, struct session *s);
/* The same with at most `most` rows, of packets that come one by one. */
int list_some(struct list *list, struct session *s, unsigned long long most);

#endif
