/* inspect.h: what the files of the inspector share. */
#ifndef FAULT_INSPECT_H
#define FAULT_INSPECT_H

/* Ends the child with its finding: a word and one line. */
_Noreturn void fault_finish(const char *word, const char *what);

/* The requests "answers" and "shrink" (inspect.c); the latter cuts `file` to half after the first
 * question. NULL: does not. */
_Noreturn void fault_answers(const char *dir, const char *questions, const char *file);

/* "inspect WHAT DIR COUNT" (inspect_burst.c); gives the exit status. */
int fault_write(const char *what, const char *dir, unsigned n);

#endif
