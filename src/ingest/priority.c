/* priority.c: see priority.h. */
#include "ingest/priority.h"

#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#define LOW 10

void zd_thread_lower_priority(void)
{
#if defined(__linux__)
    /* on Linux a thread's number names that thread alone, against POSIX; failing is harmless */
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), LOW);
#endif
}
