import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/**
 * Runs mqadmin's own commands, many in one JVM, and prints what each one printed: --script FILE, one command line per
 * line, words divided by tabs. The name server's address is added to each.
 */
final class Mqadmin {
  private Mqadmin() {}

  static boolean run(Args args, Out out) throws Exception {
    PrintStream stdout = System.out;
    PrintStream stderr = System.err;
    int count = 0;
    for (String line : Files.readAllLines(Path.of(args.text("script")))) {
      String[] words = line.split("\t");
      ByteArrayOutputStream printed = new ByteArrayOutputStream();
      PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
      System.setOut(capture);
      System.setErr(capture);
      try {
        MQAdminStartup.main(words[0].equals("help") ? words : withNameServer(words, args.text("namesrv")));
      } finally {
        System.setOut(stdout);
        System.setErr(stderr);
      }
      out.event("command", line.replace('\t', ' '), "printed", printed.toString(StandardCharsets.UTF_8));
      count++;
    }
    out.done("commands", count);
    return true;
  }

  private static String[] withNameServer(String[] words, String address) {
    String[] all = Arrays.copyOf(words, words.length + 2);
    all[words.length] = "-n";
    all[words.length + 1] = address;
    return all;
  }
}
