#include "repl/line_editor.h"

#include <histedit.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <clocale>
#include <cstdio>

#include "cli/width.h"
#include "sys/interrupt.h"
#include "sys/terminal.h"

namespace tide {
namespace {

constexpr int kRemembered = 5000;
constexpr const char* kPasteOn = "\033[?2004h";
constexpr const char* kPasteOff = "\033[?2004l";
constexpr std::wstring_view kPasteEnd = L"\033[201~";
constexpr std::size_t kMostShown = 200;  // candidates

std::atomic<bool> resized{false};

std::wstring widen(std::string_view text) {
  std::wstring wide;
  for (std::size_t at = 0; at < text.size();) wide += static_cast<wchar_t>(next_character(text, at));
  return wide;
}

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

std::string narrow(const wchar_t* begin, const wchar_t* end) {
  std::string text;
  for (; begin != end; ++begin) append_utf8(text, static_cast<char32_t>(*begin));
  return text;
}

void put_on_terminal(const char* text) {
  std::fputs(text, stdout);
  std::fflush(stdout);
}

std::string common_beginning(const std::vector<std::string>& words) {
  std::string common = words.front();
  for (const std::string& word : words) {
    std::size_t same = 0;
    while (same < common.size() && same < word.size() && common[same] == word[same]) ++same;
    common.resize(same);
  }
  return common;
}

}  // namespace

class LineEditor::Impl {
 public:
  explicit Impl(Completer completer) : completer_(std::move(completer)) {
    std::setlocale(LC_CTYPE, "C.UTF-8");  // libedit's terminal output; nothing else here looks at it
    editor_ = el_init("tide", stdin, stdout, stderr);
    history_ = history_winit();
    HistEventW event;
    history_w(history_, &event, H_SETSIZE, kRemembered);
    history_w(history_, &event, H_SETUNIQUE, 1);
    el_wset(editor_, EL_CLIENTDATA, this);
    el_wset(editor_, EL_EDITOR, L"emacs");
    el_wset(editor_, EL_SIGNAL, 0);
    el_wset(editor_, EL_GETCFN, &Impl::read_character);
    el_wset(editor_, EL_HIST, history_w, history_);
    el_wset(editor_, EL_PROMPT_ESC, &Impl::prompt, L'\1');
    el_wset(editor_, EL_ADDFN, L"tide-complete", L"completes the word", &Impl::on_complete);
    el_wset(editor_, EL_ADDFN, L"tide-paste", L"takes what is pasted", &Impl::on_paste);
    bind_keys();
    watch_size();
  }

  ~Impl() {
    history_wend(history_);
    el_end(editor_);
  }

  End read(const std::string& prompt, std::string& line) {
    prompt_ = widen(prompt);
    stop_ = Stop::kNone;
    put_on_terminal(kPasteOn);
    int count = 0;
    const wchar_t* typed = el_wgets(editor_, &count);
    put_on_terminal(kPasteOff);
    if (stop_ == Stop::kInterrupted) {
      put_on_terminal("^C\n");
      return End::kInterrupted;
    }
    if (typed == nullptr || count <= 0) {
      put_on_terminal("\n");
      return End::kEnd;
    }
    line = narrow(typed, typed + count);
    if (!line.empty() && line.back() == '\n') line.pop_back();
    return End::kLine;
  }

  void remember(const std::string& entry) {
    HistEventW event;
    const std::wstring wide = widen(entry);
    history_w(history_, &event, H_ENTER, wide.c_str());
  }

 private:
  enum class Stop : unsigned char { kNone, kInterrupted };

  static Impl* self(EditLine* editor) {
    void* data = nullptr;
    el_wget(editor, EL_CLIENTDATA, &data);
    return static_cast<Impl*>(data);
  }

  void bind_keys() {
    el_wset(editor_, EL_BIND, L"^I", L"tide-complete", nullptr);
    el_wset(editor_, EL_BIND, L"\\e[200~", L"tide-paste", nullptr);
    el_wset(editor_, EL_BIND, L"^R", L"em-inc-search-prev", nullptr);
    for (const auto& [key, action] : {std::pair(L"\\e[1;5D", L"ed-prev-word"), std::pair(L"\\e[1;5C", L"em-next-word"),
                                      std::pair(L"\\e[H", L"ed-move-to-beg"), std::pair(L"\\e[F", L"ed-move-to-end"),
                                      std::pair(L"\\e[3~", L"ed-delete-next-char")}) {
      el_wset(editor_, EL_BIND, key, action, nullptr);
    }
  }

  static void watch_size() {
    struct sigaction action {};
    action.sa_handler = [](int) { resized.store(true); };
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGWINCH, &action, nullptr);
  }

  static wchar_t* prompt(EditLine* editor) { return self(editor)->prompt_.data(); }

  // 1 = a character, 0 = the end, -1 = the line is given up.
  static int read_character(EditLine* editor, wchar_t* into) { return self(editor)->next(into); }

  int next(wchar_t* into) {
    unsigned char byte = 0;
    if (const int got = next_byte(byte); got != 1) return got;
    std::string sequence(1, static_cast<char>(byte));
    const int more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC2 ? 1 : 0;
    for (int i = 0; i < more && next_byte(byte) == 1; ++i) sequence += static_cast<char>(byte);
    std::size_t at = 0;
    *into = static_cast<wchar_t>(next_character(sequence, at));
    return 1;
  }

  int next_byte(unsigned char& byte) {
    pollfd terminal{STDIN_FILENO, POLLIN, 0};
    for (;;) {
      if (interrupted()) return stop_ = Stop::kInterrupted, -1;
      if (resized.exchange(false)) el_resize(editor_);
      const int ready = ::poll(&terminal, 1, 200);
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      if (ready < 0) return 0;
      const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
      if (got < 0 && errno == EINTR) continue;
      return got == 1 ? 1 : 0;
    }
  }

  static unsigned char on_complete(EditLine* editor, wint_t) { return self(editor)->complete(); }

  unsigned char complete() {
    const LineInfoW* info = el_wline(editor_);
    const std::string line = narrow(info->buffer, info->cursor);
    const Completion found = completer_(line);
    if (found.candidates.empty()) return CC_REFRESH;
    const std::string typed = line.substr(found.word_begin);
    std::string common = common_beginning(found.candidates);
    const bool one = found.candidates.size() == 1;
    if (common != typed && (one || common.size() > typed.size())) {
      if (one && common.find_last_of(".:(") != common.size() - 1) common += ' ';
      replace_word(typed, common);
      return CC_REFRESH;
    }
    if (one) return CC_REFRESH;
    show(found.candidates);
    return CC_REDISPLAY;
  }

  void replace_word(const std::string& typed, const std::string& text) {
    el_wdeletestr(editor_, static_cast<int>(widen(typed).size()));
    el_winsertstr(editor_, widen(text).c_str());
  }

  static void show(const std::vector<std::string>& candidates) {
    const std::size_t shown = std::min(candidates.size(), kMostShown);
    int width = 0;
    for (std::size_t i = 0; i < shown; ++i) width = std::max(width, display_width(candidates[i]) + 2);
    const int columns = std::max(terminal_size().columns / std::max(width, 1), 1);
    std::string out = "\n";
    for (std::size_t i = 0; i < shown; ++i) {
      const bool last = i + 1 == shown || (i + 1) % static_cast<std::size_t>(columns) == 0;
      out += last ? candidates[i] + "\n" : pad(candidates[i], width);
    }
    if (shown < candidates.size()) out += "... and " + std::to_string(candidates.size() - shown) + " more\n";
    put_on_terminal(out.c_str());
  }

  static unsigned char on_paste(EditLine* editor, wint_t) { return self(editor)->paste(); }

  // Up to the terminal's mark for its end; newlines are kept, and nothing in it is a key.
  unsigned char paste() {
    std::wstring text;
    wchar_t character = 0;
    while (next(&character) == 1) {
      text += character == L'\r' ? L'\n' : character;
      const bool ended = text.size() >= kPasteEnd.size() &&
                         text.compare(text.size() - kPasteEnd.size(), kPasteEnd.size(), kPasteEnd) == 0;
      if (ended) {
        text.resize(text.size() - kPasteEnd.size());
        break;
      }
    }
    while (!text.empty() && text.back() == L'\n') text.pop_back();
    return el_winsertstr(editor_, text.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }

  Completer completer_;
  EditLine* editor_ = nullptr;
  HistoryW* history_ = nullptr;
  std::wstring prompt_;
  Stop stop_ = Stop::kNone;
};

LineEditor::LineEditor(Completer completer) : impl_(std::make_unique<Impl>(std::move(completer))) {}
LineEditor::~LineEditor() = default;
LineEditor::End LineEditor::read(const std::string& prompt, std::string& line) { return impl_->read(prompt, line); }
void LineEditor::remember(const std::string& entry) { impl_->remember(entry); }

}  // namespace tide
