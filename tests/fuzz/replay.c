/* replay.c: gives every file below the named folders to a fuzz target, with any compiler.
 *
 * Takes libFuzzer's place when the target is built without it. Arguments that begin with '-' are
 * libFuzzer's own and are passed over. A folder that holds no file is an error: a corpus that
 * has gone missing must not look like a pass.
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    uint8_t *data;
    size_t n;

    if (!file || fstat(fileno(file), &info) != 0) {
        fprintf(stderr, "cannot read %s\n", path);
        if (file)
            fclose(file);
        return 1;
    }
    n = (size_t)info.st_size;
    data = malloc(n ? n : 1); /* exactly as long as the input, so that a read past it is seen */
    if (!data || fread(data, 1, n, file) != n) {
        fprintf(stderr, "cannot read %s\n", path);
        free(data);
        fclose(file);
        return 1;
    }
    fclose(file);
    LLVMFuzzerTestOneInput(data, n);
    free(data);
    return 0;
}

static int replay_folder(const char *folder, unsigned *n_files)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    char path[PATH_MAX];
    int failed = 0;

    if (!dir) {
        fprintf(stderr, "cannot list %s\n", folder);
        return 1;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        failed |= replay_file(path);
        ++*n_files;
    }
    closedir(dir);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;

    for (int i = 1; i < argc; i++) {
        unsigned n_files = 0;

        if (argv[i][0] == '-')
            continue;
        failed |= replay_folder(argv[i], &n_files);
        printf("%u inputs of %s\n", n_files, argv[i]);
        if (n_files == 0)
            failed = 1;
    }
    return failed;
}
