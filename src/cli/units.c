/* How quantities are written for people. */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/cli.h"

/* "1.234567 s" takes room: "1.235 s", "56.0 ms", "7.0 µs", "3 ns". */
void cli_duration(char *text, size_t size, int64_t ns)
{
    double v = (double)ns;
    if (llabs(ns) >= 1000000000)
        (void)snprintf(text, size, "%.3f s", v / 1e9);
    else if (llabs(ns) >= 1000000)
        (void)snprintf(text, size, "%.1f ms", v / 1e6);
    else if (llabs(ns) >= 1000)
        (void)snprintf(text, size, "%.1f \u00b5s", v / 1e3);
    else
        (void)snprintf(text, size, "%" PRId64 " ns", ns);
}
