/** Text without the passwords of URLs and connection strings. */
export function redact(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s]*@/gi, '$1:***@')
    .replace(/(password\s*[=:]\s*)('[^']*'|"[^"]*"|[^\s&'",;]+)/gi, '$1***')
}
