/* How quantities are written for people. A table has many of them: no printf. */
#include <string.h>

#include "cli/cli.h"

void cli_fixed(char *text, uint64_t scaled, unsigned decimals, const char *unit)
{
    char digits[CLI_UNITS_ROOM];
    unsigned n = 0;
    for (; n <= decimals || scaled > 0; scaled /= 10)
        digits[n++] = (char)('0' + scaled % 10);
    while (n > 0) {
        *text++ = digits[--n];
        if (n == decimals && n > 0)
            *text++ = '.';
    }
    strcpy(text, unit);
}

/* What follows the sign, which is written. */
static uint64_t put_sign(char **text, int64_t v)
{
    if (v < 0)
        *(*text)++ = '-';
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

void cli_seconds(char text[CLI_UNITS_ROOM], int64_t ns)
{
    uint64_t v = put_sign(&text, ns);
    cli_fixed(text, (v + 500) / 1000, 6, "");
}

/* "1.234567 s" takes room: "1.235 s", "56.0 ms", "7.0 µs", "3 ns". */
void cli_duration(char text[CLI_UNITS_ROOM], int64_t ns)
{
    uint64_t v = put_sign(&text, ns);
    if (v >= 1000000000)
        cli_fixed(text, (v + 500000) / 1000000, 3, " s");
    else if (v >= 1000000)
        cli_fixed(text, (v + 50000) / 100000, 1, " ms");
    else if (v >= 1000)
        cli_fixed(text, (v + 50) / 100, 1, " \u00b5s");
    else
        cli_fixed(text, v, 0, " ns");
}
