/* ns: sums of durations. A file may claim any times, and so may their differences be; what they come to stops at a length
 * that leaves room to reckon with it. */
#ifndef BASE_NS_H
#define BASE_NS_H

#include <stdint.h>

/* 417 days in nanoseconds: a hundred times as much is a number, too. */
#define NS_SUM_MOST (INT64_MAX / 256)

static inline int64_t ns_sum(int64_t sum, int64_t ns)
{
    int64_t all;
    if (__builtin_add_overflow(sum, ns, &all))
        all = ns > 0 ? INT64_MAX : INT64_MIN;
    return all > NS_SUM_MOST ? NS_SUM_MOST : all < -NS_SUM_MOST ? -NS_SUM_MOST : all;
}

#endif
