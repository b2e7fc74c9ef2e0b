import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopScoreDocCollector;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.FSDirectory;

/**
 * Apache Lucene as a peer of the index: characters and pairs (its own CJK filter, unigrams too),
 * BM25, one field without positions, one segment, block-max pruning on.
 *
 * <pre>
 *   LucenePeer build TEXTS DIR          a line of TEXTS is a passage; prints seconds
 *   LucenePeer query DIR K WARM BUDGET    a question a line, prints "ms id id id" a line
 * </pre>
 *
 * A passage's id is its line, from 0. One thread searches; WARM seconds of questions (the first
 * thousand lines) run before the clock counts, so that the machine code is the final one. It stops
 * after BUDGET seconds.
 */
public final class LucenePeer {
  private static final String FIELD = "t";

  private static Analyzer analyzer() {
    return new Analyzer() {
      @Override
      protected TokenStreamComponents createComponents(String field) {
        StandardTokenizer source = new StandardTokenizer();
        TokenStream s = new LowerCaseFilter(new CJKWidthFilter(source));
        return new TokenStreamComponents(source, new CJKBigramFilter(s, 15, true));
      }
    };
  }

  private static void build(Path texts, Path dir) throws IOException {
    long begun = System.nanoTime();
    IndexWriterConfig config = new IndexWriterConfig(analyzer());
    config.setSimilarity(new BM25Similarity(1.2f, 0.75f));
    config.setRAMBufferSizeMB(64);
    config.setUseCompoundFile(false);
    config.setMergePolicy(new LogDocMergePolicy()); // keeps the passages in their order
    FieldType type = new FieldType();
    type.setTokenized(true);
    type.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
    type.freeze();
    long n = 0;
    try (IndexWriter writer = new IndexWriter(FSDirectory.open(dir), config);
        BufferedReader in = Files.newBufferedReader(texts, StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine(), n++) {
        Document d = new Document();
        d.add(new Field(FIELD, line, type));
        writer.addDocument(d);
      }
      writer.forceMerge(1);
      writer.commit();
    }
    System.out.printf("{\"build_s\": %.3f, \"passages\": %d}%n",
        (System.nanoTime() - begun) / 1e9, n);
  }

  private static ScoreDoc[] search(IndexSearcher searcher, Analyzer analyzer, String q, int k)
      throws IOException {
    Set<String> terms = new LinkedHashSet<>();
    try (TokenStream s = analyzer.tokenStream(FIELD, q)) {
      CharTermAttribute term = s.addAttribute(CharTermAttribute.class);
      s.reset();
      while (s.incrementToken()) {
        terms.add(term.toString());
      }
      s.end();
    }
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    for (String t : terms) {
      query.add(new TermQuery(new Term(FIELD, t)), BooleanClause.Occur.SHOULD);
    }
    // counting hits exactly would forbid skipping
    TopScoreDocCollector top = TopScoreDocCollector.create(k, k);
    searcher.search(query.build(), top);
    return top.topDocs().scoreDocs;
  }

  private static void query(Path dir, int k, double warm, double budget) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    Analyzer analyzer = analyzer();
    BooleanQuery.setMaxClauseCount(100000);
    try (DirectoryReader reader = DirectoryReader.open(FSDirectory.open(dir))) {
      IndexSearcher searcher = new IndexSearcher(reader);
      searcher.setSimilarity(new BM25Similarity(1.2f, 0.75f));
      searcher.setQueryCache(null);
      String[] questions = in.lines().toArray(String[]::new);
      long until = System.nanoTime() + (long) (warm * 1e9);
      for (int i = 0; System.nanoTime() < until; i++) {
        search(searcher, analyzer, questions[i % Math.min(questions.length, 1000)], k);
      }
      until = System.nanoTime() + (long) (budget * 1e9);
      for (String q : questions) {
        long begun = System.nanoTime();
        if (begun > until) {
          break;
        }
        ScoreDoc[] hits = search(searcher, analyzer, q, k);
        double ms = (System.nanoTime() - begun) / 1e6;
        StringBuilder line = new StringBuilder(String.format("%.4f", ms));
        for (ScoreDoc hit : hits) {
          line.append(' ').append(hit.doc);
        }
        out.println(line);
      }
      out.flush();
    }
  }

  public static void main(String[] args) throws IOException {
    if (args.length == 3 && args[0].equals("build")) {
      build(Paths.get(args[1]), Paths.get(args[2]));
    } else if (args.length == 5 && args[0].equals("query")) {
      query(Paths.get(args[1]), Integer.parseInt(args[2]), Double.parseDouble(args[3]),
          Double.parseDouble(args[4]));
    } else {
      System.err.println("usage: LucenePeer build TEXTS DIR | query DIR K WARM BUDGET");
      System.exit(2);
    }
  }
}
