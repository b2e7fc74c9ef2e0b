/* priority: work that nobody waits for. */
#ifndef ZD_INGEST_PRIORITY_H
#define ZD_INGEST_PRIORITY_H

/* The calling thread yields to the others of the machine from now on. No effect where the system
 * knows priorities of whole processes only. */
void zd_thread_lower_priority(void);

#endif
