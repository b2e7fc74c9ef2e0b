/* worker_main.c: zhidian-parse, which spawn.c starts. It has no use by hand. */
#include <fcntl.h>
#include <stdio.h>

#include "parse/worker.h"
#include "parse/worker_private.h"

int main(void)
{
    if (fcntl(ZD_PARSE__WIRE_FD, F_GETFD) < 0) {
        fputs("zhidian-parse reads documents for zhidian, which starts it\n", stderr);
        return 2;
    }
    return zd_worker_main(&zd_worker_readers);
}
