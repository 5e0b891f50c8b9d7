import type { PlanBrowser } from "./browser-plan.ts";

/** The browser itself and not Debian's script around it, which adds API keys and extensions. */
const EXECUTABLE = "/usr/lib/chromium/chromium";

/** Read at every start; the folder is Debian's. */
const POLICY_FILE = "/etc/chromium/policies/managed/turnlab.json";

/** Features that would speak to somebody, or wait for it. */
const NO_FEATURES = [
  "AutofillServerCommunication",
  "CertificateTransparencyComponentUpdater",
  "InterestFeedContentSuggestions",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationGuideModelDownloading",
  "OptimizationHints",
  "OptimizationHintsFetching",
  "SegmentationPlatform",
  "Translate",
];

const MDNS = "WebRtcHideLocalIpsWithMdns";

/** Chromium: switches for how it runs, and managed policies for trust and for what it must not do in the background. */
export const planChromium: PlanBrowser = ({ proxy, mdns = true, certificates }, profile) => ({
  executable: EXECUTABLE,
  args: [
    "--headless=new",
    // A container's root has no user namespaces to make a sandbox of; the container is one.
    "--no-sandbox",
    `--user-data-dir=${profile}`,
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic",
    "--disable-extensions",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-search-engine-choice-screen",
    // Nothing in the background.
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-pings",
    // It asks for the user's accounts in any case; nobody is there.
    "--gaia-url=http://localhost:1",
    `--disable-features=${[...NO_FEATURES, ...(mdns ? [] : [MDNS])].join(",")}`,
    ...(mdns ? [`--enable-features=${MDNS}`] : []),
    // The page is never in front of anybody, and must run as if it were.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-ipc-flooding-protection",
    "--disable-hang-monitor",
    // Media without devices, and without anybody to ask.
    "--use-fake-device-for-media-stream",
    mdns ? "--auto-accept-camera-and-microphone-capture" : "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    // Loopback, and with it the page, is direct in any case.
    ...(proxy ? [`--proxy-server=http://${proxy.host}:${proxy.port}`] : ["--no-proxy-server"]),
  ],
  env: {},
  files: [{ path: POLICY_FILE, content: JSON.stringify({ ...POLICIES, CACertificates: certificates }, null, 2) }],
  profileFiles: [],
});

const POLICIES = {
  AlternateErrorPagesEnabled: false,
  BackgroundModeEnabled: false,
  BrowserNetworkTimeQueriesEnabled: false,
  BrowserSignin: 0,
  ComponentUpdatesEnabled: false,
  DefaultSearchProviderEnabled: false,
  DnsOverHttpsMode: "off",
  DomainReliabilityAllowed: false,
  MetricsReportingEnabled: false,
  // 2: never.
  NetworkPredictionOptions: 2,
  PasswordManagerEnabled: false,
  PromotionsEnabled: false,
  SafeBrowsingProtectionLevel: 0,
  SearchSuggestEnabled: false,
  SpellCheckServiceEnabled: false,
  SyncDisabled: true,
  TranslateEnabled: false,
  UrlKeyedAnonymizedDataCollectionEnabled: false,
};
