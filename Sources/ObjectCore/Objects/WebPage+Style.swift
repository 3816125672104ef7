extension WebPage {
    /// The style sheet: system fonts, light and dark; text contrast is at least 4.5 : 1 in both.
    static let style = #"""
        :root {
          --ground: #f4f5f9; --card: #ffffff; --ink: #171a26; --quiet: #555c70; --line: #d9dce6;
          --accent: #3d4ed8; --on-accent: #ffffff; --good: #0f7045; --bad: #b3261e; --warm: #8a5200;
          --out: #3d4ed8; --in: #0f7045; --note: #555c70; --warning: #fdecea;
          --shadow: 0 1px 2px rgb(20 24 45 / .06), 0 6px 20px rgb(20 24 45 / .05);
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #0f1118; --card: #191c27; --ink: #edeff7; --quiet: #a4abc0; --line: #313648;
            --accent: #95a2ff; --on-accent: #10132a; --good: #5fd3a0; --bad: #ff9a91;
            --warm: #f1b760; --out: #a6b1ff; --in: #5fd3a0; --note: #a4abc0; --warning: #3a1d1d;
            --shadow: none;
          }
        }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        body {
          margin: 0; background: var(--ground); color: var(--ink);
          font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
        }
        header, main { max-width: 60rem; margin: 0 auto; padding: 1.25rem 1.25rem 0; }
        header {
          display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center;
          justify-content: space-between;
        }
        main { display: grid; gap: 1rem; padding-bottom: 2rem; }
        h1 { margin: 0; font-size: 1.6rem; letter-spacing: -.02em; line-height: 1.2; }
        h2 { margin: 0 0 .75rem; font-size: 1rem; }
        p { margin: 0; }
        code, .log { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, monospace; }
        code { font-size: .85rem; overflow-wrap: anywhere; }
        .where, .quiet { color: var(--quiet); font-size: .9rem; }
        .columns { display: grid; gap: 1rem; grid-template-columns: repeat(2, minmax(0, 1fr)); }
        .card {
          background: var(--card); border: 1px solid var(--line); border-radius: 14px;
          padding: 1.1rem 1.25rem; box-shadow: var(--shadow); min-width: 0;
        }
        .row, .actions { display: flex; gap: .75rem; align-items: center; }
        .apart { justify-content: space-between; }
        .apart h2 { margin: 0; }
        .apart + .log { margin-top: .6rem; }
        form + .apart { margin-top: .9rem; }
        .state {
          display: inline-flex; align-items: center; gap: .5rem; padding: .35rem .8rem;
          border: 1px solid var(--line); border-radius: 99px; background: var(--card);
          font-size: .9rem; font-weight: 600; white-space: nowrap;
        }
        .dot { width: .65rem; height: .65rem; border-radius: 50%; background: var(--quiet); }
        .state[data-state="open"] { color: var(--good); }
        .state[data-state="open"] .dot { background: var(--good); }
        .state[data-state="connecting"], .state[data-state="closing"] { color: var(--warm); }
        .state[data-state="connecting"] .dot, .state[data-state="closing"] .dot {
          background: var(--warm);
        }
        button, input { font: inherit; border-radius: 9px; min-height: 2.6rem; }
        button {
          padding: .4rem 1.05rem; border: 1px solid var(--line); background: var(--card);
          color: var(--ink); font-weight: 600; cursor: pointer;
        }
        button:hover:not(:disabled) { border-color: var(--accent); }
        button.primary {
          background: var(--accent); border-color: var(--accent); color: var(--on-accent);
        }
        button.plain { min-height: 2rem; padding: .15rem .8rem; font-size: .9rem; }
        button:disabled { opacity: .5; cursor: not-allowed; }
        label { display: block; margin-bottom: .3rem; font-size: .9rem; color: var(--quiet); }
        input {
          flex: 1; min-width: 0; padding: .4rem .8rem; border: 1px solid var(--quiet);
          background: var(--ground); color: var(--ink);
        }
        ::placeholder { color: var(--quiet); opacity: 1; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        .heartbeat { display: flex; gap: .9rem; align-items: center; }
        .heartbeat-text { font-weight: 600; }
        .pulse { width: 2.6rem; height: 2.6rem; flex: none; fill: var(--quiet); }
        .heartbeat[data-health="good"] .pulse { fill: var(--good); }
        .heartbeat[data-health="late"] .pulse { fill: var(--warm); }
        .heartbeat[data-health="silent"] .pulse { fill: var(--bad); }
        .pulse.beat { animation: beat .6s ease-out; }
        @keyframes beat { 25% { transform: scale(1.35); } 60% { transform: scale(.92); } }
        @media (prefers-reduced-motion: reduce) {
          .pulse.beat { animation: glow .6s; }
          @keyframes glow { 30% { opacity: .35; } }
        }
        .counts {
          display: grid; grid-template-columns: 1fr 1fr 2fr; gap: .5rem; margin: .9rem 0 0;
          padding-top: .8rem; border-top: 1px solid var(--line);
        }
        .counts dt { font-size: .8rem; color: var(--quiet); }
        .counts dd { margin: 0; font-size: 1.25rem; font-weight: 650; line-height: 1.3; }
        .warning {
          padding: .8rem 1.1rem; border: 1px solid var(--bad); border-left-width: 5px;
          border-radius: 10px; background: var(--warning); color: var(--bad); font-weight: 600;
        }
        .log {
          list-style: none; margin: 0; padding: 0; max-height: 24rem; overflow: auto;
          font-size: .84rem;
        }
        .log li {
          display: grid; grid-template-columns: 6.8rem 9.6rem minmax(0, 1fr); gap: .2rem .9rem;
          padding: .42rem .3rem; border-top: 1px solid var(--line);
        }
        .log li:first-child { border-top: 0; }
        .log time { color: var(--quiet); }
        .log .kind { font-weight: 700; white-space: nowrap; }
        .log .body { overflow-wrap: anywhere; }
        .log .sent .kind { color: var(--out); }
        .log .received .kind { color: var(--in); }
        .log .note .kind { color: var(--note); }
        .log .trouble .kind { color: var(--bad); }
        @media (max-width: 44rem) {
          .columns { grid-template-columns: minmax(0, 1fr); }
          .log li { grid-template-columns: auto minmax(0, 1fr); }
          .log .body { grid-column: 1 / -1; }
        }
        """#
}
